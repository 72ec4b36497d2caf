import type { Row } from './todo.ts'

/** Commits go round over this many rows. */
export const KEYS = 1000
export const keyAt = (i: number): string => `todo-${i % KEYS}`
export const commitAt = (i: number): Row => ({
  title: `Commit number ${i}: water the plants on the third floor`,
  done: i % 2 === 0,
  owner: 'ada',
})

/** What is found after opening again. */
export const keptAfter = (commits: number) => ({ rows: Math.min(commits, KEYS), last: commitAt(commits - 1) })

/** Does the commits `from` to `to`, always `width` of them waiting for the disk. */
export async function inFlight(
  width: number,
  from: number,
  to: number,
  commit: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = from
  const worker = async () => {
    while (next < to) await commit(next++)
  }
  await Promise.all(Array.from({ length: Math.min(width, to - from) }, worker))
}
