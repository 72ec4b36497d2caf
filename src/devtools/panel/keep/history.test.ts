import { IDBFactory } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import { History, type KeptRun } from './history.ts'

const run = (name: string, last: number): KeptRun => ({
  run: name,
  target: { id: 't', run: name, kind: 'page', label: name },
  origin: 5,
  step: 100,
  last,
})

async function read(history: History) {
  const kept: Record<string, string[]> = {}
  await history.read(({ run }, lines) => {
    kept[run] = lines
  })
  return kept
}

test('what was written is read in order, by another panel too', async () => {
  const factory = new IDBFactory()
  const history = await History.open(factory)
  const writes = [history.write(run('a', 1), ['schema'], ['1', '2']), history.write(run('b', 2), [], ['3'])]
  await Promise.all([...writes, history.write(run('a', 3), [], ['4'])])
  history.close()
  const again = await History.open(factory)
  const kept: [string, string[]][] = []
  await again.read((one, lines) => kept.push([one.run, lines]))
  // The oldest first: "a" was heard last.
  expect(kept).toEqual([
    ['b', ['3']],
    ['a', ['schema', '1', '2', '4']],
  ])
})

test('beyond the limit the oldest run goes first', async () => {
  const history = await History.open(new IDBFactory(), 'h', 100)
  await history.write(run('old', 1), [], ['o'.repeat(40)])
  await history.write(run('new', 2), ['n'.repeat(10)], ['n'.repeat(30)])
  expect(Object.keys(await read(history))).toEqual(['old', 'new'])
  await history.write(run('new', 3), [], ['m'.repeat(40)])
  expect(await read(history)).toEqual({ new: ['n'.repeat(10), 'n'.repeat(30), 'm'.repeat(40)] })
})

test('of the last run the oldest rows go, and what they cannot be read without stays', async () => {
  const history = await History.open(new IDBFactory(), 'h', 100)
  await history.write(run('a', 1), ['head'], ['1'.repeat(60)])
  await history.write(run('a', 2), [], ['2'.repeat(60)])
  expect(await read(history)).toEqual({ a: ['head', '2'.repeat(60)] })
})

test('sizes are known again after a reload', async () => {
  const factory = new IDBFactory()
  const first = await History.open(factory, 'h', 100)
  await first.write(run('a', 1), [], ['1'.repeat(90)])
  first.close()
  const second = await History.open(factory, 'h', 100)
  await read(second)
  await second.write(run('b', 2), [], ['2'.repeat(90)])
  expect(Object.keys(await read(second))).toEqual(['b'])
})

test('clear forgets all', async () => {
  const history = await History.open(new IDBFactory())
  await history.write(run('a', 1), [], ['1'])
  await history.clear()
  expect(await read(history)).toEqual({})
})

test('a write that fails does not stop the next', async () => {
  const history = await History.open(new IDBFactory())
  const unclonable = { ...run('a', 1), target: (() => {}) as never }
  await expect(history.write(unclonable, [], ['1'])).rejects.toThrow()
  await history.write(run('a', 1), [], ['2'])
  expect(await read(history)).toEqual({ a: ['2'] })
})

test('where there is no IndexedDB it says so', async () => {
  const closed = {
    open() {
      throw new Error('forbidden')
    },
  } as unknown as IDBFactory
  await expect(History.open(closed)).rejects.toThrow('forbidden')
})
