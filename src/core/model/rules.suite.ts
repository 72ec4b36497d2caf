import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { ValidationError } from '../index.ts'
import { assigning, caught, ending, watcher } from './fixtures/scenes.ts'

/** What a model derives from its fields, and what it asks of them together. */
export const rules: Suite = (library) => {
  const { collection, computed, defineModel, ValidationError } = library
  const watch = watcher(library)

  // How often the check was asked, on the side that asks it.
  let asked: [number, number][] = []
  /** A span whose start must not be after its end. */
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
  const Spans = collection(Span)
  const Other = defineModel('other', { a: v.number() }, { initial: { a: 0 } })

  // How often the sum was made, on this side.
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
  const verdicts = { true: true, false: false, words: 'no', nothing: '' } as const
  const ruled = (name: keyof typeof verdicts) =>
    defineModel(name, { a: v.number() }, { initial: { a: 0 }, check: (m) => m.a === 0 || verdicts[name] })
  const Ruled = (Object.keys(verdicts) as (keyof typeof verdicts)[]).map(ruled)
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
  const Writes = defineModel(
    'writes',
    { a: v.number() },
    {
      initial: { a: 0 },
      check: (m) => {
        if (m.a !== 0) (m as { a: number }).a = -7
        return true
      },
    },
  )
  const Limits = defineModel('limits', { most: v.number() }, { initial: { most: 5 } })
  // What the two below derive theirs from: on either side that side's own.
  let limits: { readonly most: number } = { most: 5 }
  let most: { readonly value: number } | undefined
  const Bound = defineModel(
    'bound',
    { a: v.number() },
    { initial: { a: 0 }, check: (m) => m.a <= (most?.value ?? 5) || 'too much' },
  )
  const Scaled = defineModel(
    'scaled',
    { a: v.number() },
    {
      initial: { a: 1 },
      computed: { share: (m) => m.a / limits.most },
      check: (m) => m.share <= 1 || 'more than all',
    },
  )

  return {
    // --- computed --------------------------------------------------------------------------------------------------

    'a computed value is made when first read, and again only when what it read changed': {
      state: [Sum],
      async here({ get, expect }) {
        const sum = get(Sum)
        made = 0
        await sum.set({ c: 4 })
        expect(made).toBe(0)
        expect([sum.sum, sum.sum, sum.double, made]).toEqual([3, 3, 6, 1])
        const runs = watch(() => sum.double)
        await sum.set({ c: 30 })
        expect([runs, made]).toEqual([[6], 1])
        await sum.set({ a: 2, b: 1 })
        expect([runs, made]).toEqual([[6], 2])
        await sum.set({ a: 5 })
        expect([runs, made]).toEqual([[6, 12], 3])
      },
    },
    'computed values are no fields: not in toJSON, snapshot or storage, not to be set': {
      state: [Span],
      there: ({ store }) => ({ drafted: () => store.checkout(Span).length }),
      async here({ get, store, expect, act }) {
        const span = get(Span)
        expect(span.toJSON()).toEqual({ from: 0, to: 10, note: '' })
        expect(await store.snapshot()).toEqual({ 'model/span': { v: 1, d: { from: 0, to: 10, note: '' } } })
        expect(await caught(() => span.set({ length: 3 } as never))).toBeInstanceOf(ValidationError)
        expect(await act('drafted')).toBe(10)
      },
    },
    'rows derive each for themselves': {
      state: [Spans],
      async here({ get, expect }) {
        const rows = get(Spans)
        const [a, b] = [await rows.add({ to: 3 }), await rows.add({ to: 4 })]
        expect([a.length, b.length]).toEqual([3, 4])
        await a.set({ to: 5 })
        expect([a.length, b.length]).toEqual([5, 4])
      },
    },
    'inside a transaction a computed value is of the uncommitted fields, and after a rollback of the old ones': {
      state: [Span],
      there: ({ get, store, note }) => ({
        back: () =>
          ending(() =>
            store.transaction(() => {
              get(Span).to = 20
              note(get(Span).length)
              throw new Error('back')
            }),
          ),
      }),
      async here({ get, expect, act, notes }) {
        const span = get(Span)
        const seen = watch(() => span.length)
        expect(await act('back')).toBe('Error')
        expect(await notes()).toEqual([20])
        expect([span.length, ...new Set(seen)]).toEqual([10, 10])
      },
    },

    // --- check -----------------------------------------------------------------------------------------------------

    'a write that breaks the check throws ValidationError and is undone; nobody saw it': {
      state: [Span],
      there: assigning(Span),
      async here({ get, store, expect, act }) {
        const span = get(Span)
        const seen = watch(() => `${span.from}-${span.to}`)
        let told = 0
        span.listen(() => told++)
        store.listen(() => told++)
        await expect(act('assign', 'to', -1)).rejects.toThrow('ends 1 before it starts')
        expect([seen, told, span.revision]).toEqual([['0-10'], 0, 0])
        const error = await caught<ValidationError>(() => span.set({ to: -1 }))
        expect(error).toBeInstanceOf(ValidationError)
        expect(error).toMatchObject({
          model: 'span',
          field: undefined,
          issues: [{ path: [], message: 'ends 1 before it starts' }],
        })
        expect(error.message).toContain('ends 1 before it starts')
        expect(error.value).toEqual({ from: 0, to: -1, note: '' })
        expect(span.toJSON()).toEqual({ from: 0, to: 10, note: '' })
      },
    },
    'true passes, false and words refuse': {
      state: Ruled,
      async here({ get, expect }) {
        for (const [at, [name, verdict]] of Object.entries(verdicts).entries()) {
          const model = get(Ruled[at]!)
          if (verdict === true) await model.set({ a: 1 })
          else
            expect(await caught(() => model.set({ a: 1 })), name).toMatchObject({
              name: 'ValidationError',
              issues: [{ path: [], message: expect.stringMatching(/./) }],
            })
          expect(model.a, name).toBe(verdict === true ? 1 : 0)
        }
      },
    },
    'a check is asked once at the end of each commit that wrote the model, and of no other': {
      state: [Span],
      there({ get, store, note }) {
        asked = []
        return {
          asked: () => asked.splice(0),
          transact() {
            const span = get(Span)
            store.transaction(() => {
              span.from = 100
              span.note = 'for a while the wrong way round'
              span.to = 200
              note(asked.length)
            })
          },
          nothing() {
            const span = get(Span)
            store.transaction(() => {})
            span.note = span.peek('note')
            void span.from
          },
        }
      },
      async here({ get, expect, act, notes }) {
        const span = get(Span)
        await span.set({ to: 5 })
        expect(await act('asked')).toEqual([[0, 5]])
        await span.set({ from: 2, to: 6, note: 'x' })
        expect(await act('asked')).toEqual([[2, 6]])
        await act('transact')
        expect(await notes()).toEqual([0])
        expect(await act('asked')).toEqual([[100, 200]])
        await act('nothing')
        await span.set({ note: span.peek('note') })
        expect(await caught(() => span.set({ note: 1 as never }))).toBeInstanceOf(ValidationError)
        expect(await act('asked')).toEqual([])
      },
    },
    'a failing check at the end of a transaction undoes all of it, other models too': {
      state: [Span, Other],
      there: ({ get, store }) => ({
        both: () =>
          ending(() =>
            store.transaction(() => {
              get(Other).a = 1
              get(Span).from = 50
            }),
          ),
      }),
      async here({ get, expect, act }) {
        const [span, other] = [get(Span), get(Other)]
        const seen = watch(() => [other.a, span.from].join())
        expect(await act('both')).toBe('ValidationError')
        expect([other.a, span.from, other.revision, span.revision]).toEqual([0, 0, 0, 0])
        expect(new Set(seen)).toEqual(new Set(['0,0']))
      },
    },
    'a check that throws counts as a throw': {
      state: [Throws],
      there: assigning(Throws),
      async here({ get, expect, act }) {
        const model = get(Throws)
        await expect(act('assign', 'a', 1)).rejects.toThrow('check broke')
        expect([model.a, model.revision]).toEqual([0, 0])
        const error = await caught(() => model.set({ a: 1 }))
        expect(error).toBeInstanceOf(RangeError)
        expect(error.message).toBe('check broke')
        expect(model.a).toBe(0)
      },
    },
    'a write with a check subscribes nobody': {
      state: [Span],
      there({ get, note }) {
        library.effect(() => {
          note('there')
          get(Span).note = 'written'
        })
      },
      async here({ get, expect, notes }) {
        const span = get(Span)
        const writes: unknown[] = []
        const runs = watch(() => {
          writes.push(span.set({ note: 'here' }))
        })
        await Promise.all(writes)
        await span.set({ to: 20 })
        expect([runs.length, await notes()]).toEqual([1, ['there']])
        expect(span.toJSON()).toEqual({ from: 0, to: 20, note: 'here' })
      },
    },
    'a check cannot write: what it asks about is what is committed': {
      state: [Writes],
      there: assigning(Writes),
      async here({ get, expect, act }) {
        const writes = get(Writes)
        await act('assign', 'a', 1).catch(() => {})
        expect(writes.a).not.toBe(-7)
        await caught(() => writes.set({ a: 1 }))
        expect(writes.a).not.toBe(-7)
      },
    },
    'a computed signal that a check is the first to read stays alive': {
      state: [Limits, Bound],
      there({ get }) {
        const live = get(Limits)
        most = computed(() => live.most)
        const seen: number[] = []
        return {
          watch() {
            library.effect(() => {
              seen.push(most!.value)
            })
          },
          seen: () => seen,
        }
      },
      async here({ get, expect, act }) {
        const bound = get(Bound)
        await bound.set({ a: 5 })
        expect(await caught(() => bound.set({ a: 6 }))).toBeInstanceOf(ValidationError)
        await get(Limits).set({ most: 6 })
        await bound.set({ a: 6 })
        expect(bound.a).toBe(6)
        await act('watch')
        await get(Limits).set({ most: 7 })
        expect(await act('seen')).toEqual([6, 7])
      },
    },
    'a computed value that peek, a check or an index was the first to read stays alive': {
      state: [Limits, Scaled],
      there({ get }) {
        limits = get(Limits)
        // The check is the first.
        get(Scaled).a = 5
      },
      async here({ get, expect }) {
        const scaled = get(Scaled)
        limits = get(Limits)
        expect(scaled.peek('share' as 'a')).toBe(1)
        const seen = watch(() => scaled.share)
        await get(Limits).set({ most: 10 })
        await scaled.set({ a: 10 })
        expect(seen).toEqual([1, 0.5, 1])
        expect(await caught(() => scaled.set({ a: 11 }))).toBeInstanceOf(ValidationError)
      },
    },
    'a row that breaks the check is not added, put or written': {
      state: [Spans],
      async here({ get, expect }) {
        const rows = get(Spans)
        const whole = { from: 50, to: 1, note: '' }
        expect(await caught(() => rows.add({ from: 50 }, 'a'))).toBeInstanceOf(ValidationError)
        expect(await caught(() => rows.put('a', whole))).toBeInstanceOf(ValidationError)
        expect([rows.size, rows.has('a')]).toEqual([0, false])
        const row = await rows.add({ from: 5 }, 'a')
        expect(await caught(() => rows.put('a', whole))).toBeInstanceOf(ValidationError)
        expect(await caught(() => row.set({ to: 1 }))).toBeInstanceOf(ValidationError)
        expect(row.toJSON()).toEqual({ from: 5, to: 10, note: '' })
        expect(rows.get('a')).toBe(row)
      },
    },
  }
}
