import { rm } from 'node:fs/promises'
import { Skip, type Trial } from '../scenario.ts'
import { commitAt, keyAt } from '../scenarios/commits.ts'
import { newDirectory } from '../scenarios/directory.ts'

/** WAL, synchronous FULL: a commit is on disk when it returns. Steps of `width` writes, `together` in one transaction or each in its own. */
export async function commits(width: number, together = false): Promise<Trial> {
  const { default: Database } = await import('better-sqlite3').catch((error: Error) => {
    throw new Skip(`better-sqlite3 is not installed or not built (${error.message.split('\n')[0]})`)
  })
  const directory = newDirectory()
  let database: InstanceType<typeof Database>
  try {
    database = new Database(`${directory}/todo.db`)
  } catch (error) {
    await rm(directory, { recursive: true })
    throw new Skip(
      `better-sqlite3 was not built here: it needs a compiler and the headers of Node (${(error as Error).message.split('\n')[0]})`,
    )
  }
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('create table todo (id text primary key, body text not null) without rowid')
  const put = database.prepare('insert into todo values (?, ?) on conflict (id) do update set body = excluded.body')
  const putOne = (i: number) => put.run(keyAt(i), JSON.stringify(commitAt(i)))
  const putAll = database.transaction((from: number) => {
    for (let i = from; i < from + width; i++) putOne(i)
  })
  let done = 0
  return {
    run(from, to) {
      done = to * width
      for (let step = from; step < to; step++) {
        if (together) putAll(step * width)
        else for (let i = step * width; i < (step + 1) * width; i++) putOne(i)
      }
    },
    outcome() {
      const { rows } = database.prepare('select count(*) as rows from todo').get() as { rows: number }
      const { body } = database.prepare('select body from todo where id = ?').get(keyAt(done - 1)) as { body: string }
      return { rows, last: JSON.parse(body) }
    },
    async close() {
      database.close()
      await rm(directory, { recursive: true })
    },
  }
}
