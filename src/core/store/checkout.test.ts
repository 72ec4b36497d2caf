import { describe, expect, test } from 'vitest'
import { createStore, effect, NotRegisteredError, ValidationError } from '../index.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { thrown } from './fixtures/reports.ts'

const setup = () => {
  const store = createStore({ state: [Lamp, Tank, Todos, User] })
  return { store, lamp: store.get(Lamp) }
}

describe('a draft', () => {
  test('is an object of its own', () => {
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    expect(draft).not.toBe(lamp)
    expect(store.checkout(Lamp)).not.toBe(draft)
  })

  test('is validated: a bad write throws and changes nothing', () => {
    const { store } = setup()
    const draft = store.checkout(Tank)
    expect(() => {
      draft.level = -1
    }).toThrow(ValidationError)
    expect(() => draft.set({ size: 5, level: -1 })).toThrow(ValidationError)
    expect([draft.level, draft.size]).toEqual([0, 100])
  })

  test('has the computed values of its own fields, and is reactive', () => {
    const { store } = setup()
    const draft = store.checkout(Tank)
    const seen: number[] = []
    const stop = effect(() => void seen.push(draft.free))
    draft.level = 30
    stop()
    expect(seen).toEqual([100, 70])
  })

  test('tells the difference', () => {
    const { store } = setup()
    const draft = store.checkout(Lamp)
    expect(draft.changes()).toEqual({})
    draft.watts = 6
    draft.on = true
    expect(draft.changes()).toEqual({ watts: { before: 5, after: 6 }, on: { before: false, after: true } })
    draft.on = false
    expect(draft.changes()).toEqual({ watts: { before: 5, after: 6 } })
  })

  test('of what the store does not hold is refused', () => {
    const { store } = setup()
    const other = createStore({ state: [Lamp, Todos] })
    const bare = createStore()
    for (const target of [Lamp, other.get(Lamp), other.get(Todos).add()]) {
      expect(thrown(() => bare.checkout(target))).toBeInstanceOf(NotRegisteredError)
    }
    expect(thrown(() => store.checkout(other.get(Lamp)))).toBeInstanceOf(NotRegisteredError)
  })
})

describe('commit', () => {
  test('carries the value of a redacted field', () => {
    const { store } = setup()
    const user = store.get(User)
    const draft = store.checkout(User)
    draft.token = 'secret'
    draft.commit()
    expect(user.token).toBe('secret')
  })
})
