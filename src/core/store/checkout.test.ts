import { describe, expect, test } from 'vitest'
import { ConflictError, createStore, DeletedError, effect, NotRegisteredError, ValidationError } from '../index.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { thrown } from './fixtures/reports.ts'

const setup = () => {
  const store = createStore({ state: [Lamp, Tank, Todos, User] })
  return { store, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

describe('a draft', () => {
  test('is a detached copy: neither sees what the other writes', () => {
    const { store, lamp } = setup()
    let heard = 0
    store.listen(() => heard++)
    lamp.listen(() => heard++)
    const seen: number[] = []
    effect(() => void seen.push(lamp.watts))
    const draft = store.checkout(Lamp)
    draft.watts = 6
    draft.set({ colour: 'red' })
    expect([lamp.watts, lamp.colour, heard, seen]).toEqual([5, 'white', 0, [5]])
    lamp.on = true
    expect(draft.on).toBe(false)
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
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    expect(draft.changes()).toEqual({})
    draft.watts = 6
    draft.on = true
    expect(draft.changes()).toEqual({ watts: { before: 5, after: 6 }, on: { before: false, after: true } })
    draft.on = false
    expect(draft.changes()).toEqual({ watts: { before: 5, after: 6 } })
    lamp.watts = 99
    expect(draft.changes()).toEqual({ watts: { before: 5, after: 6 } })
    draft.commit({ force: true })
    expect(draft.changes()).toEqual({})
  })

  test('of a row, by the row', () => {
    const { store, todos } = setup()
    const row = todos.add({ title: 'x' }, 'x')
    const draft = store.checkout(row)
    draft.title = 'y'
    expect(row.title).toBe('x')
    draft.commit()
    expect([row.title, todos.get('x')]).toEqual(['y', row])
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
  test('publishes all changes in one commit', () => {
    const { store, lamp } = setup()
    let heard = 0
    lamp.listen(() => heard++)
    const draft = store.checkout(Lamp)
    draft.watts = 6
    draft.on = true
    draft.commit()
    expect([lamp.watts, lamp.on, heard]).toEqual([6, true, 1])
    draft.watts = 7
    draft.commit()
    expect([lamp.watts, heard]).toEqual([7, 2])
  })

  test('without changes is none', () => {
    const { store, lamp } = setup()
    let heard = 0
    store.listen(() => heard++)
    const { revision } = lamp
    store.checkout(Lamp).commit()
    expect([lamp.revision, heard]).toEqual([revision, 0])
  })

  test('throws ConflictError when the revision moved on, whichever field it was, and publishes nothing', () => {
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    draft.watts = 6
    lamp.colour = 'red'
    expect(thrown(() => draft.commit())).toBeInstanceOf(ConflictError)
    expect([lamp.watts, lamp.colour]).toEqual([5, 'red'])
    // Back to the same values is still moved on.
    lamp.colour = 'white'
    expect(thrown(() => draft.commit())).toBeInstanceOf(ConflictError)
  })

  test('does not conflict with a write that was rolled back', () => {
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    draft.watts = 6
    expect(() =>
      store.transaction(() => {
        lamp.colour = 'red'
        throw new Error('no')
      }),
    ).toThrow('no')
    draft.commit()
    expect([lamp.watts, lamp.colour]).toEqual([6, 'white'])
  })

  test('by force overwrites, on purpose', () => {
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    draft.watts = 6
    lamp.set({ colour: 'red', watts: 1 })
    draft.commit({ force: true })
    expect([lamp.watts, lamp.colour]).toEqual([6, 'white'])
  })

  test('after rebase applies its changes over the newest value', () => {
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    draft.watts = 6
    lamp.set({ colour: 'red', watts: 1 })
    draft.rebase()
    expect([draft.watts, draft.colour]).toEqual([6, 'red'])
    expect(draft.changes()).toEqual({ watts: { before: 1, after: 6 } })
    draft.commit()
    expect([lamp.watts, lamp.colour]).toEqual([6, 'red'])
  })

  test('that breaks the check throws, publishes nothing, and can be mended', () => {
    const { store, tank } = setup()
    const draft = store.checkout(Tank)
    draft.level = 150
    expect(thrown(() => draft.commit())).toBeInstanceOf(ValidationError)
    expect([tank.level, draft.level]).toEqual([0, 150])
    draft.size = 200
    draft.commit()
    expect([tank.level, tank.size]).toEqual([150, 200])
  })

  test('of a row that was deleted throws', () => {
    const { store, todos } = setup()
    const row = todos.add({ title: 'x' }, 'x')
    const draft = store.checkout(row)
    draft.title = 'y'
    todos.delete('x')
    expect(thrown(() => draft.commit())).toBeInstanceOf(DeletedError)
    expect(thrown(() => draft.commit({ force: true }))).toBeInstanceOf(DeletedError)
  })

  test('several in one transaction are all or none, and can be tried again', () => {
    const { store, lamp, tank } = setup()
    const [one, two] = [store.checkout(Lamp), store.checkout(Tank)]
    one.watts = 6
    two.level = 7
    tank.level = 1
    const both = () =>
      store.transaction(() => {
        one.commit()
        two.commit()
      })
    expect(thrown(both)).toBeInstanceOf(ConflictError)
    expect([lamp.watts, tank.level]).toEqual([5, 1])
    expect(one.changes()).toEqual({ watts: { before: 5, after: 6 } })
    two.rebase()
    both()
    expect([lamp.watts, tank.level]).toEqual([6, 7])
  })

  test('in a transaction that is rolled back later leaves the draft where it was', () => {
    const { store, lamp } = setup()
    const draft = store.checkout(Lamp)
    draft.watts = 6
    expect(() =>
      store.transaction(() => {
        draft.commit()
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(lamp.watts).toBe(5)
    expect(draft.changes()).toEqual({ watts: { before: 5, after: 6 } })
    draft.commit()
    expect(lamp.watts).toBe(6)
  })

  test('carries the value of a redacted field', () => {
    const { store } = setup()
    const user = store.get(User)
    const draft = store.checkout(User)
    draft.token = 'secret'
    draft.commit()
    expect(user.token).toBe('secret')
  })
})
