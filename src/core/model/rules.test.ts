import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, computed, createStore, defineModel, effect, ValidationError } from '../index.ts'

// What a model derives from its fields, and what it asks of them together.

function caught(fn: () => unknown): ValidationError {
  try {
    fn()
  } catch (error) {
    return error as ValidationError
  }
  throw new Error('threw nothing')
}

/** A span whose start must not be after its end; counts how often the check is asked. */
function spans() {
  const asked: [number, number][] = []
  const Span = defineModel(
    'span',
    { from: v.number(), to: v.number(), note: v.string() },
    {
      initial: { from: 0, to: 10, note: '' },
      computed: { length: (s) => s.to - s.from },
      check: (s) => {
        asked.push([s.from, s.to])
        return s.length >= 0 || `ends ${-s.length} before it starts`
      },
    },
  )
  const store = createStore({ state: [Span] })
  const span = store.get(Span)
  const seen: string[] = []
  effect(() => {
    seen.push(`${span.from}-${span.to}`)
  })
  asked.length = 0
  return { Span, store, span, asked, seen }
}

// --- computed ------------------------------------------------------------------------------------------------------

test('a computed value is made when first read, and again only when what it read changed', () => {
  let made = 0
  const Sum = defineModel(
    'sum',
    { a: v.number(), b: v.number(), c: v.number() },
    {
      initial: { a: 1, b: 2, c: 3 },
      computed: {
        sum: (m) => {
          made++
          return m.a + m.b
        },
        double: (m) => (m as unknown as { sum: number }).sum * 2,
      },
    },
  )
  const sum = createStore({ state: [Sum] }).get(Sum)
  expect(made).toBe(0)
  expect([sum.sum, sum.sum, sum.double, made]).toEqual([3, 3, 6, 1])
  const runs: number[] = []
  effect(() => {
    runs.push(sum.double)
  })
  sum.c = 30
  expect([runs, made]).toEqual([[6], 1])
  sum.set({ a: 2, b: 1 })
  expect([runs, made]).toEqual([[6], 2])
  sum.a = 5
  expect([runs, made]).toEqual([[6, 12], 3])
})

test('computed values are no fields: not in toJSON, snapshot or storage, not to be set', () => {
  const { Span, span, store } = spans()
  expect(span.toJSON()).toEqual({ from: 0, to: 10, note: '' })
  expect(store.snapshot()).toEqual({ 'model/span': { v: 1, d: { from: 0, to: 10, note: '' } } })
  expect(() => span.set({ length: 3 } as never)).toThrow(ValidationError)
  expect(store.checkout(Span).length).toBe(10)
})

test('rows and models of two stores derive each for themselves', () => {
  const { Span } = spans()
  const Spans = collection(Span)
  const rows = createStore({ state: [Spans] }).get(Spans)
  const [a, b] = [rows.add({ to: 3 }), rows.add({ to: 4 })]
  expect([a.length, b.length]).toEqual([3, 4])
  a.to = 5
  expect([a.length, b.length]).toEqual([5, 4])
})

test('inside a transaction a computed value is of the uncommitted fields, and after a rollback of the old ones', () => {
  const { span, store } = spans()
  expect(() =>
    store.transaction(() => {
      span.to = 20
      expect(span.length).toBe(20)
      throw new Error('back')
    }),
  ).toThrow('back')
  expect(span.length).toBe(10)
})

// --- check ---------------------------------------------------------------------------------------------------------

test('a write that breaks the check throws ValidationError and is undone; nobody saw it', () => {
  const { span, store, seen } = spans()
  let told = 0
  span.listen(() => told++)
  store.listen(() => told++)
  const error = caught(() => {
    span.to = -1
  })
  expect(error).toBeInstanceOf(ValidationError)
  expect(error).toMatchObject({
    model: 'span',
    field: undefined,
    issues: [{ path: [], message: 'ends 1 before it starts' }],
  })
  expect(error.message).toContain('ends 1 before it starts')
  expect(error.value).toEqual({ from: 0, to: -1, note: '' })
  expect(span.toJSON()).toEqual({ from: 0, to: 10, note: '' })
  expect([seen, told, span.revision]).toEqual([['0-10'], 0, 0])
})

test('true passes, false and words refuse', () => {
  for (const [verdict, ok] of [
    [true, true],
    [false, false],
    ['no', false],
    ['', false],
  ] as const) {
    const Ruled = defineModel('ruled', { a: v.number() }, { initial: { a: 0 }, check: (m) => m.a === 0 || verdict })
    const ruled = createStore({ state: [Ruled] }).get(Ruled)
    const write = () => {
      ruled.a = 1
    }
    if (ok) write()
    else
      expect(caught(write)).toMatchObject({
        name: 'ValidationError',
        issues: [{ path: [], message: expect.stringMatching(/./) }],
      })
    expect(ruled.a).toBe(ok ? 1 : 0)
  }
})

test('a check is asked once at the end of each commit that wrote the model, and of no other', () => {
  const { span, store, asked } = spans()
  span.to = 5
  expect(asked).toEqual([[0, 5]])
  span.set({ from: 2, to: 6, note: 'x' })
  expect(asked).toHaveLength(2)
  store.transaction(() => {
    span.from = 100
    span.note = 'for a while the wrong way round'
    span.to = 200
    expect(asked).toHaveLength(2)
  })
  expect(asked.slice(2)).toEqual([[100, 200]])
  store.transaction(() => {})
  span.note = span.peek('note')
  void span.from
  expect(asked).toHaveLength(3)
  expect(caught(() => span.set({ note: 1 as never }))).toBeInstanceOf(ValidationError)
  expect(asked).toHaveLength(3)
})

test('a failing check at the end of a transaction undoes all of it, other models too', () => {
  const { Span } = spans()
  const Other = defineModel('other', { a: v.number() }, { initial: { a: 0 } })
  const store = createStore({ state: [Span, Other] })
  const [span, other] = [store.get(Span), store.get(Other)]
  expect(
    caught(() =>
      store.transaction(() => {
        other.a = 1
        span.from = 50
      }),
    ),
  ).toBeInstanceOf(ValidationError)
  expect([other.a, span.from, other.revision, span.revision]).toEqual([0, 0, 0, 0])
})

test('a check that throws counts as a throw', () => {
  const Throws = defineModel(
    'throws',
    { a: v.number() },
    {
      initial: { a: 0 },
      check: (m) => {
        if (m.a === 1) throw new RangeError('check broke')
        return true
      },
    },
  )
  const model = createStore({ state: [Throws] }).get(Throws)
  expect(() => {
    model.a = 1
  }).toThrow('check broke')
  expect([model.a, model.revision]).toEqual([0, 0])
})

test('a check subscribes nobody, and cannot write', () => {
  const Peeked = defineModel(
    'peeked',
    { a: v.number(), b: v.number() },
    { initial: { a: 0, b: 0 }, check: (m) => m.b >= 0 || 'b is negative' },
  )
  const model = createStore({ state: [Peeked] }).get(Peeked)
  let runs = 0
  effect(() => {
    runs++
    model.a = 1
  })
  model.b = 2
  expect(runs).toBe(1)
})

test('a check cannot write: what it asks about is what is committed', () => {
  const Writes = defineModel(
    'writes',
    { a: v.number() },
    {
      initial: { a: 0 },
      check: (m) => {
        ;(m as { a: number }).a = -7
        return true
      },
    },
  )
  const writes = createStore({ state: [Writes] }).get(Writes)
  try {
    writes.a = 1
  } catch {}
  expect(writes.a).not.toBe(-7)
})

test('a computed signal that a check is the first to read stays alive', () => {
  const Limits = defineModel('limits', { most: v.number() }, { initial: { most: 5 } })
  const store = createStore({ state: [Limits] })
  const limits = store.get(Limits)
  const most = computed(() => limits.most)
  const Bound = defineModel(
    'bound',
    { a: v.number() },
    { initial: { a: 0 }, check: (m) => m.a <= most.value || 'too much' },
  )
  const bound = store.load(Bound)
  bound.a = 5
  expect(() => {
    bound.a = 6
  }).toThrow(ValidationError)
  limits.most = 6
  bound.a = 6
  expect(bound.a).toBe(6)
  const seen: number[] = []
  effect(() => {
    seen.push(most.value)
  })
  limits.most = 7
  expect(seen).toEqual([6, 7])
})

test('a computed value that peek, a check or an index was the first to read stays alive', () => {
  const Limits = defineModel('limits', { most: v.number() }, { initial: { most: 5 } })
  const store = createStore({ state: [Limits] })
  const limits = store.get(Limits)
  const Scaled = defineModel(
    'scaled',
    { a: v.number() },
    {
      initial: { a: 1 },
      computed: { share: (m) => m.a / limits.most },
      check: (m) => m.share <= 1 || 'more than all',
    },
  )
  const scaled = store.load(Scaled)
  scaled.a = 5
  void scaled.peek('share' as 'a')
  const seen: number[] = []
  effect(() => {
    seen.push(scaled.share)
  })
  limits.most = 10
  scaled.a = 10
  expect(seen).toEqual([1, 0.5, 1])
})

test('a row that breaks the check is not added, put or written', () => {
  const { Span } = spans()
  const Spans = collection(Span)
  const rows = createStore({ state: [Spans] }).get(Spans)
  expect(() => rows.add({ from: 50 }, 'a')).toThrow(ValidationError)
  expect(() => rows.put('a', { from: 50, to: 1, note: '' })).toThrow(ValidationError)
  expect([rows.size, rows.has('a')]).toEqual([0, false])
  const row = rows.add({ from: 5 }, 'a')
  expect(() => rows.put('a', { from: 50, to: 1, note: '' })).toThrow(ValidationError)
  expect(() => row.set({ to: 1 })).toThrow(ValidationError)
  expect(row.toJSON()).toEqual({ from: 5, to: 10, note: '' })
})
