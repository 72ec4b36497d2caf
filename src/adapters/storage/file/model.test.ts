import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileStorage } from './file-storage.ts'
import { Disk, systemError } from './fixtures/disk.ts'
import { type Commit, replay } from './fixtures/image.ts'
import { Machine } from './fixtures/machine.ts'
import { randomFrom } from './fixtures/random.ts'

const key = fc.constantFrom(
  'model/a',
  'model/b',
  'model/row/1',
  'model/row/2',
  'machine/m',
  'meta/seq',
  'quarantine/x/ü',
)
const value = fc.oneof(
  fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json))),
  fc.constant(undefined),
  fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true, withSparseArray: true, maxDepth: 2 }),
  fc.string({ unit: 'binary' }),
)
const commit: fc.Arbitrary<Commit> = fc
  .array(fc.tuple(key, value), { maxLength: 4 })
  .map((entries) => new Map(entries))
  .filter(isStorable)
const group = fc.array(commit, { maxLength: 5 })

/** `fc.anything` makes objects with own `__proto__` keys, which are no plain data. */
function isStorable(one: Commit): boolean {
  const has = (data: unknown): boolean => {
    if (typeof data !== 'object' || data === null) return false
    if (data instanceof Map || data instanceof Set) return [...data].some(has)
    return Object.hasOwn(data, '__proto__') || Object.values(data).some(has)
  }
  return ![...one.values()].some(has)
}

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), group }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('full' as const), group, partial: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sync fails' as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sync' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'kill' as const, 'power' as const), group }),
  },
)

test('any run of writes, failures, closings, kills and losses of power, beside a Map', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 30 }),
      fc.constantFrom<'always' | 'never'>('always', 'never'),
      fc.constantFrom(1, 200, 5000),
      fc.integer(),
      async (operations, sync, compactAt, seed) => {
        const random = randomFrom(seed)
        const machine = new Machine()
        let pid = 1
        let disk = new Disk()
        const open = async () => {
          machine.running.clear()
          const next = new FileStorage('/d', { sync, compactAt, report: () => {} }, disk, () => machine.process(pid++))
          return { adapter: next, entries: await next.open() }
        }
        let { adapter } = await open()
        const history: Commit[] = []
        // What no loss of power takes away. With 'never' that is less than what was acknowledged.
        let durable = 0

        for (const step of operations) {
          if (step.do === 'write') {
            await adapter.write(step.group)
            history.push(...step.group)
          } else if (step.do === 'settle') {
            await adapter.settled()
          } else if (step.do === 'sync') {
            await adapter.sync?.()
            durable = history.length
          } else if (step.do === 'full' || step.do === 'sync fails') {
            const calls = step.do === 'full' ? /^write/ : /^sync$/
            const partial = step.do === 'full' ? step.partial : 0
            disk.before = ({ call, name }) =>
              calls.test(call) && name.startsWith('journal') ? { error: systemError('ENOSPC'), partial } : undefined
            const failed = await adapter.write(step.group).then(
              () => false,
              () => true,
            )
            disk.before = () => undefined
            if (!failed) history.push(...step.group)
          } else {
            const power = step.do === 'power'
            let sure = history.length
            if (step.do === 'close') {
              await adapter.close()
            } else {
              // In the middle of a write: it may be there whole, or not; with several commits, the first few.
              const calls = Math.floor(random() * 12)
              let made = 0
              disk.before = () => (made++ >= calls ? { error: systemError('KILLED'), partial: 50 } : undefined)
              history.push(...step.group)
              await adapter.write(step.group).then(
                () => {
                  sure = history.length
                },
                () => {},
              )
              disk.before = () => undefined
              disk = disk.crash(power, random)
              if (power && sync === 'never') sure = durable
            }
            const opened = await open()
            adapter = opened.adapter
            while (history.length > sure && !same(opened.entries, replay(history))) history.pop()
            expect(opened.entries).toStrictEqual(replay(history))
            durable = history.length
          }
        }
        await adapter.close()
        expect((await open()).entries).toStrictEqual(replay(history))
      },
    ),
    { numRuns: 300, interruptAfterTimeLimit: 30_000 },
  )
}, 60_000)

function same(a: unknown, b: unknown): boolean {
  try {
    expect(a).toStrictEqual(b)
    return true
  } catch {
    return false
  }
}
