import { effect as bareEffect } from '@preact/signals-core'
import * as v from 'valibot'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { collection, defineMachine, defineModel, effect } from '../../core/index.ts'
import { type Pair, pair } from './fixtures/pair.ts'

const Todo = defineModel(
  'todo',
  { title: v.string(), owner: v.string(), token: v.string() },
  {
    initial: { title: '', owner: '', token: '' },
    redact: ['token'],
    computed: {
      loud(row) {
        if (row.title === 'bad') throw new RangeError('not so loud')
        return row.title.toUpperCase()
      },
    },
  },
)
const Todos = collection(Todo, {
  index: {
    byOwner: (row) => row.owner,
    byToken: (row) => row.token,
    fussy(row) {
      if (row.title === 'bad') throw new RangeError('fussy')
      return row.owner
    },
  },
})
const Door = defineMachine('door', { Open: {} })
const state = [Todos, Door]

let open: Pair | undefined
const reported: string[] = []
const opened = async () => {
  const onError = (error: unknown, { phase }: { phase: string }) =>
    reported.push(`${phase}: ${error instanceof Error ? error.message : error}`)
  open = await pair({ state, onError }, { state })
  return open
}
afterEach(async () => {
  reported.length = 0
  await open?.close()
})

/** What `read` answers, again and again, or what it throws. */
function following(read: () => unknown): unknown[] {
  const seen: unknown[] = []
  effect(() => {
    try {
      seen.push(read())
    } catch (error) {
      seen.push((error as Error).message)
    }
  })
  return seen
}

describe('an index function that throws in the page', () => {
  test('leaves the frame alone, and tells whoever asks', async () => {
    const { store, mirror } = await opened()
    const todos = mirror.get(Todos)
    const ids = (index: 'byOwner' | 'fussy', owner: string) => todos.where(index, owner).map(({ $id }) => $id)
    store.get(Todos).add({ title: 'a', owner: 'Ann' }, 'a')
    await mirror.flush()
    const ann = following(() => ids('fussy', 'Ann'))
    const bob = following(() => ids('fussy', 'Bob'))
    const other = following(() => ids('byOwner', 'Bob'))
    store.get(Todos).add({ title: 'bad', owner: 'Bob' }, 'b')
    await mirror.flush()
    expect([mirror.status, todos.ids, todos.get('b')?.title]).toEqual(['memory', ['a', 'b'], 'bad'])
    expect([ann, bob, other]).toEqual([
      [['a'], 'fussy'],
      [[], 'fussy'],
      [[], ['b']],
    ])
    expect(() => todos.where('fussy', 'Ann')).toThrow(RangeError)
    // Once it can be told again, it is.
    await todos.get('b')?.set({ title: 'b' })
    expect([ann.at(-1), bob.at(-1), ids('fussy', 'Bob')]).toEqual([['a'], ['b'], ['b']])
    await todos.get('a')?.set({ title: 'bad' })
    expect([ann.at(-1), bob.at(-1)]).toEqual(['fussy', 'fussy'])
    await todos.delete('a')
    expect([ann.at(-1), bob.at(-1)]).toEqual([[], ['b']])
    expect([mirror.status, reported]).toEqual(['memory', []])
  })

  test('because it reads what is redacted does so, too', async () => {
    const { store, mirror } = await opened()
    const todos = mirror.get(Todos)
    expect(todos.where('byToken', 'x')).toEqual([])
    store.get(Todos).add({ title: 'a', token: 'x' }, 'a')
    await mirror.flush()
    expect([mirror.status, todos.ids]).toEqual(['memory', ['a']])
    expect(() => todos.where('byToken', 'x')).toThrow('redacted')
  })

  test('beside the store refuses the write', async () => {
    const { store } = await opened()
    expect(store.get(Todos).where('fussy', 'Ann')).toEqual([])
    expect(() => store.get(Todos).add({ title: 'bad' }, 'a')).toThrow('fussy')
    expect(store.get(Todos).size).toBe(0)
  })
})

test('nobody in the page who throws keeps a frame from being applied', async () => {
  const { store, mirror } = await opened()
  const todos = mirror.get(Todos)
  const fail = (what: string) => () => {
    throw new Error(what)
  }
  const row = await todos.add({ title: 'a' }, 'a')
  const loud = following(() => row.loud)
  let armed = false
  const trap = (what: string, read: () => unknown) => () => {
    read()
    if (armed) throw new Error(what)
  }
  effect(trap('effect', () => row.title))
  bareEffect(trap('bare effect', () => [mirror.get(Door).is('Open'), todos.size]))
  row.listen(fail('row'))
  todos.listen(fail('rows'))
  mirror.listen(fail('store'))
  mirror.get(Door).listen(fail('door'))
  mirror.subscribe(Todos, fail('subscriber'))
  armed = true
  store.transaction(() => {
    store.get(Todos).get('a')!.title = 'bad'
    store.get(Todos).add({ title: 'b' }, 'b')
    store.get(Door).add('Open')
  })
  await mirror.flush()
  expect([mirror.status, todos.ids, row.title, mirror.get(Door).is('Open')]).toEqual([
    'memory',
    ['a', 'b'],
    'bad',
    true,
  ])
  expect(loud).toEqual(['A', 'not so loud'])
  const phases = ['effect: bare effect', 'effect: effect', 'listener: door', 'listener: row', 'listener: rows']
  await vi.waitFor(() =>
    expect([...reported].sort()).toEqual([...phases, 'listener: store', 'subscriber: subscriber'].sort()),
  )
})
