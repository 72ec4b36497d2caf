import { describe, expect, test } from 'vitest'
import type { StorageAdapter } from '../core/ports/storage.ts'
import { memoryStorage } from '../core/store/memory-storage.ts'
import { faultyStorage } from './faulty-storage.ts'
import { same } from './same.ts'
import { storageContract } from './storage-contract.ts'

const shared = (wrap: (adapter: StorageAdapter) => StorageAdapter) => {
  const made = new Map<string, StorageAdapter>()
  return {
    make(namespace: string) {
      const adapter = made.get(namespace) ?? wrap(memoryStorage())
      made.set(namespace, adapter)
      return adapter
    },
  }
}

describe('memoryStorage keeps the contract', () => {
  for (const { name, run } of storageContract(shared((adapter) => adapter))) test(name, run)
})

describe('faultyStorage without faults keeps the contract', () => {
  for (const { name, run } of storageContract(shared(faultyStorage))) test(name, run)
})

// Each adapter breaks one promise; the contract must find it.
const broken: Record<string, (adapter: StorageAdapter) => StorageAdapter> = {
  'forgets deletions': (inner) => ({
    ...inner,
    write: (commits) => inner.write(commits.map((one) => new Map([...one].filter(([, value]) => value !== undefined)))),
  }),
  'keeps only the last commit of a write': (inner) => ({
    ...inner,
    write: (commits) => inner.write(commits.slice(-1)),
  }),
  'goes through JSON': (inner) => ({
    ...inner,
    write: (commits) =>
      inner.write(
        commits.map((one) => new Map([...one].map(([k, v]) => [k, v && JSON.parse(JSON.stringify(v) ?? 'null')]))),
      ),
  }),
  'takes any key': (inner) => ({
    ...inner,
    write: (commits) =>
      inner.write(commits.map((one) => new Map([...one].filter(([key]) => key.startsWith('m'))))).catch(() => {}),
  }),
  'loses a write without a word': (inner) => ({ ...inner, write: () => Promise.resolve() }),
}

describe('the contract can fail', () => {
  for (const [name, wrap] of Object.entries(broken)) {
    test(`an adapter that ${name}`, async () => {
      const results = await Promise.allSettled(storageContract(shared(wrap)).map(({ run }) => run()))
      expect(results.some(({ status }) => status === 'rejected')).toBe(true)
    })
  }

  test('two adapters that both open one namespace', async () => {
    const cases = storageContract({ ...shared((adapter) => adapter), exclusive: true })
    const results = await Promise.allSettled(cases.slice(-2).map(({ run }) => run()))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

test('same tells the odd values apart', () => {
  const loop = (): unknown[] => {
    const list: unknown[] = []
    list.push(list)
    return list
  }
  expect(same(loop(), loop())).toBe(true)
  for (const [a, b] of [
    [0, -0],
    [[undefined], new Array(1)],
    [{ a: undefined }, {}],
    [{}, Object.create(null)],
    [[], {}],
    [new Date(0), new Date(1)],
    [/a/g, /a/],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Set([1]), new Set([2])],
    [null, {}],
    [1n, 1],
  ]) {
    expect(same(a, b)).toBe(false)
    expect(same(a, a)).toBe(true)
  }
})
