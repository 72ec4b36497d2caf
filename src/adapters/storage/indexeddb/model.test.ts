import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Browser, type Fault } from './fixtures/browser.ts'
import { indexedDbStorage } from './index.ts'

type Commit = ReadonlyMap<string, unknown>

const key = fc.constantFrom('model/a', 'model/b', 'model/row/1', 'machine/m', 'meta/seq', 'quarantine/x/ü')
const value = fc.oneof(
  fc.integer(),
  fc.constant(undefined),
  fc.constant(null),
  fc.date(),
  fc.array(fc.string(), { maxLength: 2 }).map((list) => new Map([['list', new Set(list)]])),
)
const group = fc.array(
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries): Commit => new Map(entries)),
  { maxLength: 4 },
)
const fault = fc.constantFrom<Fault | undefined>(undefined, 'put', 'quota', 'closed', 'unanswered', 'broken')
const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), group, fault }) },
  ...(['disconnect', 'delete', 'reopen'] as const).map((name) => ({
    weight: 1,
    arbitrary: fc.record({ do: fc.constant(name) }),
  })),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other' as const), group }) },
)

function apply(entries: ReadonlyMap<string, unknown>, commits: readonly Commit[]): Map<string, unknown> {
  const after = new Map(entries)
  for (const commit of commits) {
    for (const [key, value] of commit) {
      if (value === undefined) after.delete(key)
      else after.set(key, value)
    }
  }
  return after
}

test('any run of writes, faults, lost connections, deletions and other tabs, beside a Map', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      const browser = new Browser()
      const make = () => indexedDbStorage('app', { indexedDB: browser.factory, report: () => {} })
      let adapter = make()
      await adapter.open()
      // What was acknowledged; what was tried since and failed; whether the database was deleted under it.
      let acknowledged = new Map<string, unknown>()
      let pending: Commit[] = []
      let deleted = false
      const read = async () => {
        const reader = make()
        const entries = await reader.open()
        await reader.close()
        return entries
      }

      for (const step of operations) {
        if (step.do === 'write') {
          // As a store does: what failed comes again, with what came since.
          const commits = [...pending, ...step.group]
          const empty = commits.every((commit) => commit.size === 0)
          browser.fault = step.fault
          const error = await adapter.write(commits).then(
            () => undefined,
            (reason: unknown) => reason,
          )
          browser.fault = undefined
          expect(error === undefined).toBe(empty || step.fault === undefined)
          const after = apply(acknowledged, commits)
          if (error === undefined) {
            acknowledged = after
            pending = []
            if (!empty) deleted = false
            expect(await read()).toEqual(deleted ? new Map() : acknowledged)
          } else {
            pending = commits
            expect(error).toMatchObject({ code: 'STORAGE_FAILED' })
            // All of it, when only the answer was lost; else nothing.
            if (step.fault === 'unanswered') deleted = false
            const arrived = step.fault === 'unanswered' ? after : undefined
            if (arrived) expect(await read()).toEqual(arrived)
            else if (deleted) expect((await read()).size).toBe(0)
          }
        } else if (step.do === 'disconnect') {
          browser.disconnect()
        } else if (step.do === 'delete') {
          await browser.delete('app')
          deleted = true
        } else if (step.do === 'reopen') {
          // The page is gone, with what it knew. What was tried may be there, whole.
          const found = await read()
          const possible = deleted ? [new Map()] : [acknowledged, apply(acknowledged, pending)]
          expect(possible).toContainEqual(found)
          adapter = make()
          acknowledged = new Map(await adapter.open())
          expect(acknowledged).toEqual(found)
          pending = []
          deleted = false
        } else if (step.do === 'other') {
          // Another tab writes, unseen by this one.
          const other = make()
          const before = await other.open()
          await other.write(step.group)
          await other.close()
          const now = apply(before, step.group)
          if (step.group.every((commit) => commit.size === 0)) continue
          await expect(adapter.write([new Map([['model/a', 'mine']])])).rejects.toMatchObject({
            name: 'StorageConflictError',
          })
          acknowledged = new Map(await adapter.open())
          expect(acknowledged).toEqual(now)
          pending = []
          deleted = false
        }
      }
    }),
    { numRuns: 200, interruptAfterTimeLimit: 30_000 },
  )
}, 60_000)
