import type { Trial } from '../scenario.ts'

export type Row = { title: string; done: boolean; owner: string }
/** Rows by id. */
export type Entries = Record<string, Row>

export const ROWS = 10_000
// Made once, here: what is counted per instance is what a library adds, not the text in it.
export const IDS: readonly string[] = Array.from({ length: ROWS }, (_, i) => `todo-${i}`)
const TITLES = Array.from({ length: 16 }, (_, i) => `Water the plants on the ${i}th floor`)
const OWNERS = ['ada', 'grace', 'edsger', 'barbara']

export const rowAt = (i: number): Row => ({ title: TITLES[i & 15]!, done: i % 3 === 0, owner: OWNERS[i & 3]! })
export const titleAt = (step: number): string => `Changed in step ${step}`

export const entriesOf = (count: number): Entries =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [IDS[i]!, rowAt(i)]))

/** The rows after `steps` changes of one title each. */
export function changedEntries(steps: number): Entries {
  const entries = entriesOf(ROWS)
  for (let step = 0; step < steps; step++) entries[IDS[step % ROWS]!]!.title = titleAt(step)
  return entries
}

/** As a store's snapshot has them: by storage key, with version and ordinal. */
export type Stored = Record<string, { v: number; d: Row; o: number }>
export const storedOf = (entries: Entries): Stored =>
  Object.fromEntries(Object.entries(entries).map(([id, d], o) => [`model/todo/${id}`, { v: 1, d, o }]))
export const entriesOfStored = (stored: Stored): Entries =>
  Object.fromEntries(Object.entries(stored).map(([key, { d }]) => [key.slice('model/todo/'.length), { ...d }]))

export type RowsTrial = (entries: Entries, titleAt: (step: number) => string) => Trial
