import type { StorageAdapter } from '../core/ports/storage.ts'
import { same, show } from './same.ts'

/** What the contract is asked of. */
export interface StorageUnderTest {
  /**
   * An adapter over a namespace (a directory, a database name), closed. Asked again for the same one, an adapter over
   * the same data: a new one, or the same.
   */
  make(namespace: string): StorageAdapter | Promise<StorageAdapter>
  /** Whether a second adapter is refused while one has the namespace open. Then `make` must answer new ones. */
  readonly exclusive?: boolean
}

/** One promise of the port. `run` rejects, with a message that says what was expected, when it is not kept. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}

type Commit = ReadonlyMap<string, unknown>
type Entries = ReadonlyMap<string, unknown>

const commit = (entries: Record<string, unknown>): Commit => new Map(Object.entries(entries))

/**
 * What every storage adapter must do, as named cases for any test runner. Each uses namespaces of its own, which
 * must be empty at first.
 *
 * @example
 * ```ts
 * for (const { name, run } of storageContract({ make: (namespace) => fileStorage(join(root, namespace)), exclusive: true })) {
 *   test(name, run)
 * }
 * ```
 */
export function storageContract(subject: StorageUnderTest): ContractCase[] {
  const cases = { ...basics, ...refusals, ...(subject.exclusive ? ownership : {}) }
  return Object.entries(cases).map(([name, run], i) => ({
    name,
    run: () => run((which = 'a') => Promise.resolve(subject.make(`contract-${i}-${which}`))),
  }))
}

type Make = (which?: string) => Promise<StorageAdapter>
type Cases = Record<string, (make: Make) => Promise<void>>

const basics: Cases = {
  'a new namespace is empty': async (make) => expectEntries(await reopened(make), {}),

  'what was written is there after reopening': async (make) => {
    await writing(make, [commit({ 'model/a': { v: 1, d: { x: 1 }, o: 1 }, 'machine/m': [1, 2] })])
    expectEntries(await reopened(make), { 'model/a': { v: 1, d: { x: 1 }, o: 1 }, 'machine/m': [1, 2] })
  },

  'every kind of plain data comes back as it was': async (make) => {
    const entries: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(plainData())) entries[`model/kind/${name}`] = value
    for (const [key, value] of Object.entries(entries)) await writing(make, [commit({ [key]: value })])
    expectEntries(await reopened(make), entries)
    // And all of them in one commit, of kinds mixed.
    await writing((which) => make(`mixed-${which}`), [commit(entries)])
    expectEntries(await reopened((which) => make(`mixed-${which}`)), entries)
  },

  'undefined deletes, and of what is not there does nothing': async (make) => {
    await writing(make, [commit({ 'model/a': 1, 'model/b': 2 })])
    await writing(make, [commit({ 'model/a': undefined, 'model/c': undefined })])
    expectEntries(await reopened(make), { 'model/b': 2 })
  },

  'a deletion beside data that is not JSON': async (make) => {
    await writing(make, [commit({ 'model/a': 1 })])
    await writing(make, [commit({ 'model/a': undefined, 'model/b': new Date(7) })])
    expectEntries(await reopened(make), { 'model/b': new Date(7) })
  },

  'null is a value, not a deletion': async (make) => {
    await writing(make, [commit({ 'meta/a': null })])
    expectEntries(await reopened(make), { 'meta/a': null })
  },

  'commits of one write apply in order': async (make) => {
    await writing(make, [
      commit({ 'model/a': 1 }),
      commit({ 'model/a': 2, 'model/b': 1 }),
      commit({ 'model/b': undefined }),
    ])
    expectEntries(await reopened(make), { 'model/a': 2 })
  },

  'empty writes and empty commits do nothing': async (make) => {
    await writing(make, [])
    await writing(make, [commit({}), commit({ 'model/a': 1 }), commit({})])
    expectEntries(await reopened(make), { 'model/a': 1 })
  },

  'many commits in one write, and many writes': async (make) => {
    const adapter = await make()
    await adapter.open()
    const expected: Record<string, unknown> = {}
    for (let round = 0; round < 10; round++) {
      const commits = Array.from({ length: 100 }, (_, i) => commit({ [`model/row/${i}`]: { round, i } }))
      for (let i = 0; i < 100; i++) expected[`model/row/${i}`] = { round, i }
      await adapter.write(commits)
    }
    await adapter.close()
    expectEntries(await reopened(make), expected)
  },

  'a value of a megabyte': async (make) => {
    const value = 'ä€😀"\\\n'.repeat(100_000)
    await writing(make, [commit({ 'model/long': value })])
    expectEntries(await reopened(make), { 'model/long': value })
  },

  'ids may hold slashes, quotes, blanks and any script': async (make) => {
    const entries: Record<string, unknown> = { 'quarantine/model/a/1': 1, 'meta/seq': 2 }
    for (const id of ['https://example.org/?a=b', '"', '\\', ' ', 'ключ', '😀', '__proto__', '7', 'a.b..c', '...']) {
      entries[`model/row/${id}`] = id
    }
    await writing(make, [commit(entries)])
    expectEntries(await reopened(make), entries)
  },

  'what open returned stays as it was': async (make) => {
    const adapter = await make()
    const before = await adapter.open()
    await adapter.write([commit({ 'model/a': 1 })])
    await adapter.close()
    expectEntries(before, {})
  },

  'two namespaces never meet': async (make) => {
    const [a, b] = [await make('a'), await make('b')]
    await Promise.all([a.open(), b.open()])
    await Promise.all([a.write([commit({ 'model/a': 'a' })]), b.write([commit({ 'model/a': 'b' })])])
    await Promise.all([a.close(), b.close()])
    expectEntries(await reopened(make, 'a'), { 'model/a': 'a' })
    expectEntries(await reopened(make, 'b'), { 'model/a': 'b' })
  },

  'an adapter can be opened again after close': async (make) => {
    const adapter = await make()
    for (let i = 0; i < 3; i++) {
      expectEntries(await adapter.open(), i === 0 ? {} : { 'model/a': i - 1 })
      await adapter.write([commit({ 'model/a': i })])
      if (adapter.sync) await adapter.sync()
      await adapter.close()
    }
  },

  'close may come twice, and without open': async (make) => {
    const adapter = await make()
    await adapter.close()
    await adapter.open()
    await adapter.close()
    await adapter.close()
  },
}

const refusals: Cases = {
  'a write before open or after close is refused': async (make) => {
    const adapter = await make()
    await expectCode('STORAGE_CLOSED', adapter.write([commit({ 'model/a': 1 })]))
    await adapter.open()
    await adapter.close()
    await expectCode('STORAGE_CLOSED', adapter.write([commit({ 'model/a': 1 })]))
    expectEntries(await reopened(make), {})
  },

  'a key it cannot own is refused, with all that came with it': async (make) => {
    const adapter = await make()
    await adapter.open()
    for (const key of badKeys()) {
      await expectCode(
        'STORAGE_KEY',
        adapter.write([
          commit({ 'model/a': 1 }),
          new Map<string, unknown>([
            ['model/b', 1],
            [key, 1],
          ]),
        ]),
      )
    }
    await adapter.write([commit({ 'model/c': 1 })])
    await adapter.close()
    expectEntries(await reopened(make), { 'model/c': 1 })
  },
}

const ownership: Cases = {
  'a second adapter is refused while the first is open, and told by whom': async (make) => {
    const [first, second] = [await make(), await make()]
    await first.open()
    await expectCode('STORAGE_LOCKED', second.open())
    await expectCode('STORAGE_LOCKED', first.open())
    await expectCode('STORAGE_CLOSED', second.write([commit({ 'model/a': 2 })]))
    await first.write([commit({ 'model/a': 1 })])
    await first.close()
    expectEntries(await second.open(), { 'model/a': 1 })
    await second.close()
  },

  'of many that open at once one succeeds': async (make) => {
    const adapters = await Promise.all(Array.from({ length: 10 }, () => make()))
    const opened = await Promise.allSettled(adapters.map((adapter) => adapter.open()))
    const owners = opened.filter((result) => result.status === 'fulfilled').length
    if (owners !== 1) throw new Error(`${owners} of 10 adapters own the namespace`)
    await Promise.all(adapters.map((adapter) => adapter.close()))
    expectEntries(await reopened(make), {})
  },
}

/** Whatever a model's field may hold: one of each kind, and the odd ones. */
function plainData(): Record<string, unknown> {
  const cycle: Record<string, unknown> = { name: 'loop' }
  cycle.self = cycle
  const sparse: unknown[] = []
  sparse[2] = 'third'
  let deep: unknown = 'bottom'
  for (let i = 0; i < 200; i++) deep = [deep]
  return {
    number: 1.5e-7,
    zero: { plus: 0, minus: -0 },
    limits: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, Number.MIN_VALUE],
    bigint: 12345678901234567890n,
    text: '\u0000\n\r\t"\\/\u007f\u2028\u2029<script>',
    surrogates: ['\ud800', 'a\udc00b', '😀', { '\ud83d': 1 }],
    boolean: [true, false, null],
    undefined: { here: undefined, list: [undefined, 1] },
    sparse,
    empty: [{}, [], '', new Map(), new Set()],
    inherited: { constructor: 2, toString: 3, hasOwnProperty: 4 },
    order: { b: 1, a: 2, 2: 'two', 1: 'one' },
    date: [new Date(0), new Date(Number.NaN)],
    map: new Map<unknown, unknown>([
      ['k', new Map([[1, new Set(['x'])]])],
      [{ a: 1 }, -0],
    ]),
    regexp: /a\/b"\n/giu,
    cycle,
    deep,
  }
}

function badKeys(): string[] {
  return [
    '',
    '/',
    'model',
    'model/',
    'models/a',
    'model/1a',
    'model/ä',
    'machine/',
    'meta/',
    'quarantine/',
    '../secret',
    'model/..',
    'model/a/..',
    'model/a/../b',
    'model/a/..\\b',
    'model/a/.',
    'meta/../x',
    '/model/a',
    'model/a/\u0000',
    'model/a\n',
    'model/a/b\u0007',
    'model/a/\u009f',
    'model/a/\ud800',
    '__proto__',
    `model/a/${'x'.repeat(1024)}`,
  ]
}

async function writing(make: Make, commits: readonly Commit[]): Promise<void> {
  const adapter = await make()
  await adapter.open()
  await adapter.write(commits)
  await adapter.close()
}

async function reopened(make: Make, which?: string): Promise<Entries> {
  const adapter = await make(which)
  const entries = await adapter.open()
  await adapter.close()
  return entries
}

function expectEntries(found: Entries, expected: Record<string, unknown>): void {
  for (const key of found.keys()) {
    if (!Object.hasOwn(expected, key)) throw new Error(`${key} is there: ${show(found.get(key))}`)
  }
  for (const [key, value] of Object.entries(expected)) {
    if (!found.has(key)) throw new Error(`${key} is missing`)
    if (!same(found.get(key), value)) throw new Error(`${key} is ${show(found.get(key))}, expected ${show(value)}`)
  }
}

async function expectCode(code: string, call: Promise<unknown>): Promise<void> {
  const found = await call.then(
    () => 'success',
    (error: { code?: string }) => error?.code ?? String(error),
  )
  if (found !== code) throw new Error(`Expected ${code}, got ${found}`)
}
