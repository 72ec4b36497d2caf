// What a careful author would write without a library, and the least that durability costs on this disk.
import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import type { Trial } from '../scenario.ts'
import { commitAt, inFlight, keyAt } from '../scenarios/commits.ts'
import { newDirectory } from '../scenarios/directory.ts'
import type { Row } from '../scenarios/todo.ts'

const lineAt = (i: number): string => `${JSON.stringify({ [keyAt(i)]: commitAt(i) })}\n`

function kept(file: string) {
  const rows = new Map<string, Row>()
  let last: Row | undefined
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line) continue
    for (const [key, row] of Object.entries(JSON.parse(line) as Record<string, Row>)) {
      rows.set(key, row)
      last = row
    }
  }
  return { rows: rows.size, last }
}

export async function append(): Promise<Trial> {
  const directory = newDirectory()
  const file = await open(`${directory}/log`, 'a')
  return {
    async run(from, to) {
      for (let i = from; i < to; i++) {
        await file.write(lineAt(i))
        await file.datasync()
      }
    },
    outcome: () => kept(`${directory}/log`),
    async close() {
      await file.close()
      await rm(directory, { recursive: true })
    },
  }
}

export function appendSync(): Trial {
  const directory = newDirectory()
  const file = openSync(`${directory}/log`, 'a')
  return {
    run(from, to) {
      for (let i = from; i < to; i++) {
        writeSync(file, lineAt(i))
        fdatasyncSync(file)
      }
    },
    outcome: () => kept(`${directory}/log`),
    async close() {
      closeSync(file)
      await rm(directory, { recursive: true })
    },
  }
}

/** Appends what came meanwhile with one write and one sync. */
class GroupLog {
  #lines = ''
  #waiting: (() => void)[] = []
  #busy = false
  readonly #file: FileHandle

  constructor(file: FileHandle) {
    this.#file = file
  }

  append(line: string): Promise<void> {
    this.#lines += line
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (!this.#busy) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#busy = true
    // What is appended in the same turn goes together.
    await null
    while (this.#waiting.length > 0) {
      const [lines, waiting] = [this.#lines, this.#waiting]
      this.#lines = ''
      this.#waiting = []
      await this.#file.write(lines)
      await this.#file.datasync()
      for (const resolve of waiting) resolve()
      // The woken ones append again before the next group leaves.
      await null
    }
    this.#busy = false
  }
}

export async function groupAppend(width: number): Promise<Trial> {
  const directory = newDirectory()
  const file = await open(`${directory}/log`, 'a')
  const log = new GroupLog(file)
  return {
    run: (from, to) => inFlight(width, from * width, to * width, (i) => log.append(lineAt(i))),
    outcome: () => kept(`${directory}/log`),
    async close() {
      await file.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** Reads the journal our store wrote, and parses the text of each line; no sums, no order, no validation. */
export async function readJournal(count: number, keep = false): Promise<Trial> {
  const { filled } = await import('./escapement-files.ts')
  const directory = await filled(count)
  const files = readdirSync(directory).filter((name) => name.startsWith('journal'))
  let rows = 0
  let last: Row | undefined
  return {
    async run(from, to) {
      for (let step = from; step < to; step++) {
        rows = 0
        const entries = new Map<string, { d: Row }>()
        const commits: object[] = []
        for (const name of files) {
          for (const line of (await readFile(`${directory}/${name}`, 'utf8')).split('\n')) {
            const at = line.indexOf('{')
            if (at < 0) continue
            const commit = JSON.parse(line.slice(at)) as Record<string, { d: Row }>
            // Kept: what is read and thrown away is not read.
            commits.push(commit)
            for (const key in commit) {
              if (keep) entries.set(key, commit[key]!)
              rows++
              last = commit[key]!.d
            }
          }
        }
      }
    },
    outcome: () => ({ rows, last }),
    close: () => rm(directory, { recursive: true }),
  }
}
