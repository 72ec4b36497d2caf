import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { ConflictError, createStore, defineModel } from '../index.ts'

// No update is lost: a commit that goes through wrote only what its draft changed, over the very value it started from.

const Pair = defineModel('pair', { a: v.number(), b: v.number(), c: v.number() }, { initial: { a: 0, b: 0, c: 0 } })
type Field = 'a' | 'b' | 'c'

type Op =
  | { do: 'write'; field: Field; n: number }
  | { do: 'checkout' | 'commit' | 'force' | 'rebase'; at: number }
  | { do: 'edit'; at: number; field: Field; n: number }
  | { do: 'undone'; ops: readonly Op[] }
  | { do: 'together'; ops: readonly Op[] }

const field = fc.constantFrom<Field>('a', 'b', 'c')
const n = fc.integer({ min: 0, max: 2 })
const at = fc.integer({ min: 0, max: 1 })
const handling = fc.constantFrom('checkout' as const, 'commit' as const, 'force' as const, 'rebase' as const)
const { op } = fc.letrec<{ op: Op }>((tie) => ({
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), field, n }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), at, field, n }) },
    { weight: 5, arbitrary: fc.record({ do: handling, at }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('undone' as const), ops: fc.array(tie('op'), { maxLength: 4 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('together' as const), ops: fc.array(tie('op'), { maxLength: 4 }) }),
    },
  ),
}))

test('law: a commit overwrites nothing its draft has not seen', () => {
  let [through, refused] = [0, 0]
  fc.assert(
    fc.property(fc.array(op, { maxLength: 20 }), (ops) => {
      const store = createStore({ state: [Pair] })
      const pair = store.get(Pair)
      const drafts = [store.checkout(Pair), store.checkout(Pair)]
      const apply = (op: Op): void => {
        switch (op.do) {
          case 'write':
            pair[op.field] = op.n
            return
          case 'checkout':
            drafts[op.at] = store.checkout(Pair)
            expect(drafts[op.at]?.toJSON()).toEqual(pair.toJSON())
            return
          case 'edit':
            drafts[op.at]![op.field] = op.n
            return
          case 'rebase': {
            const draft = drafts[op.at]!
            const [mine, now] = [draft.changes(), pair.toJSON()]
            draft.rebase()
            for (const key of ['a', 'b', 'c'] as const) expect(draft[key]).toBe(mine[key]?.after ?? now[key])
            return
          }
          case 'force': {
            const draft = drafts[op.at]!
            draft.commit({ force: true })
            expect(pair.toJSON()).toEqual(draft.toJSON())
            return
          }
          case 'commit': {
            const draft = drafts[op.at]!
            const [mine, before, held] = [draft.changes(), pair.toJSON(), draft.toJSON()]
            try {
              draft.commit()
            } catch (error) {
              refused++
              expect(error).toBeInstanceOf(ConflictError)
              expect([pair.toJSON(), draft.toJSON(), draft.changes()]).toEqual([before, held, mine])
              return
            }
            through++
            for (const key of ['a', 'b', 'c'] as const) {
              expect(pair[key]).toBe(mine[key]?.after ?? before[key])
              if (mine[key]) expect(before[key]).toBe(mine[key].before)
            }
            expect(draft.changes()).toEqual({})
            return
          }
          case 'together':
            store.transaction(() => {
              for (const inner of op.ops) apply(inner)
            })
            return
          case 'undone': {
            const before = [pair.toJSON(), pair.revision]
            expect(() =>
              store.transaction(() => {
                for (const inner of op.ops) apply(inner)
                throw new Error('back')
              }),
            ).toThrow('back')
            expect([pair.toJSON(), pair.revision]).toEqual(before)
          }
        }
      }
      for (const op of ops) apply(op)
      // Whoever has the newest value is not refused.
      const last = store.checkout(Pair)
      last.a = 9
      last.commit()
      expect(pair.a).toBe(9)
    }),
    { numRuns: 2000 },
  )
  expect(through).toBeGreaterThan(200)
  expect(refused).toBeGreaterThan(100)
})
