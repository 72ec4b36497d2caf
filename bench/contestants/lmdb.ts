import { rm } from 'node:fs/promises'
import { open } from 'lmdb'
import type { Trial } from '../scenario.ts'
import { commitAt, inFlight, keyAt } from '../scenarios/commits.ts'
import { newDirectory } from '../scenarios/directory.ts'
import type { Row } from '../scenarios/todo.ts'

/** A `put` resolves when it is visible; `flushed` when it is on disk. */
export async function commits(width: number): Promise<Trial> {
  const directory = newDirectory()
  const database = open<Row, string>({ path: `${directory}/todo` })
  let done = 0
  return {
    run(from, to) {
      done = to * width
      return inFlight(width, from * width, to * width, async (i) => {
        await database.put(keyAt(i), commitAt(i))
        await database.flushed
      })
    },
    outcome: () => ({ rows: database.getCount(), last: database.get(keyAt(done - 1)) }),
    async close() {
      await database.close()
      await rm(directory, { recursive: true })
    },
  }
}
