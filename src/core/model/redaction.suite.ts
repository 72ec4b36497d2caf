import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { Snapshot } from '../index.ts'
import { caught } from './fixtures/scenes.ts'

const SECRET = 'hunter2-the-secret'
const OLD = 'swordfish-the-old-secret'

/** Everything somebody could read from `value`, in one text. */
function text(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  const keys = Reflect.ownKeys(value)
  const inner = value instanceof Map ? [...value] : value instanceof Set ? [...value] : []
  const own = keys.map((key) => `${String(key)}: ${text((value as Record<PropertyKey, unknown>)[key], seen)}`)
  return [JSON.stringify(value), ...own, ...inner.map((part) => text(part, seen))].join('\n')
}

/** Redacted fields live where the state lives. Everywhere else a marker stands for them. */
export const redaction: Suite = (library) => {
  const { collection, defineModel, REDACTED } = library
  // A schema whose words quote the value, as valibot's do.
  const Password = v.pipe(
    v.any(),
    v.check(
      (value) => String(value).length < 30,
      (issue) => `"${issue.input}" is too long`,
    ),
  )
  const User = defineModel(
    'user',
    { name: v.string(), password: v.pipe(v.string(), v.maxLength(30)), keys: v.array(v.string()), any: Password },
    {
      initial: { name: 'ada', password: OLD, keys: [OLD], any: OLD },
      redact: ['password', 'keys', 'any'],
      check: (user) => user.name !== 'eve' || 'eve may not',
    },
  )
  const Users = collection(
    defineModel(
      'users',
      { name: v.string(), password: v.string() },
      { initial: { name: '', password: OLD }, redact: ['password'] },
    ),
  )
  const hidden = (value: unknown) => !text(value).includes(SECRET) && !text(value).includes(OLD)
  const marked = { password: REDACTED, keys: REDACTED, any: REDACTED }

  return {
    'toJSON, and whatever uses it, has the marker': {
      state: [User, Users],
      there({ get }) {
        get(User).password = SECRET
        get(Users).add({ password: SECRET }, 'a')
      },
      async here({ get, store, expect }) {
        expect(get(User).toJSON()).toEqual({ name: 'ada', ...marked })
        expect(get(Users).toJSON()).toEqual({ a: { name: '', password: REDACTED } })
        for (const live of [get(User), get(Users), get(Users).get('a'), store]) {
          expect(JSON.stringify(live)).not.toContain(SECRET)
          expect(JSON.stringify(live)).not.toContain(OLD)
        }
      },
    },
    'an error about a redacted field says nothing of the value, and nothing is changed': {
      state: [User, Users],
      there: ({ get }) => ({ secrets: () => [get(User).password, get(User).keys, get(User).any, get(Users).size] }),
      async here({ get, expect, act }) {
        const model = get(User)
        const long = SECRET.repeat(3)
        const writes = [
          () => model.set({ password: long }),
          () => model.set({ password: { toString: 7, SECRET } as never }),
          () => model.set({ any: { [SECRET]: () => SECRET } }),
          () => model.set({ keys: [SECRET, { [SECRET]: 1 }] as never }),
          () => model.set({ name: 'bob', password: long, any: long, keys: SECRET as never }),
          () => model.set({ name: 7 as never, password: long }),
          () => get(Users).add({ name: 'x', password: [SECRET] as never }, 'a'),
          () => get(Users).put('a', { name: 'x', password: [SECRET] as never }),
        ]
        for (const write of writes) expect(hidden(await caught(write))).toBe(true)
        expect(await act('secrets')).toEqual([OLD, [OLD], OLD, 0])
        expect(model.name).toBe('ada')
      },
    },
    'an error about another field does not bring the redacted ones along': {
      state: [User, Users],
      there({ get }) {
        get(User).set({ password: SECRET, keys: [SECRET] })
        get(Users).add({ name: 'x', password: SECRET }, 'a')
      },
      async here({ get, expect }) {
        const mixed = await caught(() => get(User).set({ name: 7 as never }))
        expect(mixed).toMatchObject({ name: 'ValidationError', field: 'name', value: 7 })
        const check = await caught(() => get(User).set({ name: 'eve' }))
        expect(check).toMatchObject({ name: 'ValidationError', field: undefined, value: { name: 'eve', ...marked } })
        expect(check.message).toContain('eve may not')
        const row = get(Users).get('a')!
        const put = await caught(() => get(Users).put('a', { name: 7 as never } as never))
        expect(put).toMatchObject({ name: 'ValidationError', field: 'name' })
        const twice = await caught(() => get(Users).add({}, 'a'))
        await get(Users).delete('a')
        const gone = await caught(() => row.set({ name: 'y' }))
        expect([twice.name, gone.name]).toEqual(['DuplicateIdError', 'DeletedError'])
        for (const error of [mixed, check, put, twice, gone]) expect(hidden(error)).toBe(true)
      },
    },
    'subscribers get the marker': {
      state: [User, Users],
      there: ({ get }) => ({
        change() {
          get(User).set({ password: SECRET, name: 'bob' })
          get(Users).add({ password: SECRET }, 'a')
        },
      }),
      async here({ store, expect, act, turn }) {
        const got: unknown[][] = []
        store.subscribe(User, (...args) => got.push(args))
        store.subscribe(Users, (...args) => got.push(args))
        await act('change')
        await turn()
        expect(got.map(([snapshot]) => snapshot)).toEqual([
          { name: 'bob', ...marked },
          new Map([['a', { name: '', password: REDACTED }]]),
        ])
        expect(hidden(got)).toBe(true)
      },
    },
    'a snapshot has the marker, which hydrate leaves alone': {
      state: [User, Users],
      there({ get, store }) {
        const [model, users] = [get(User), get(Users)]
        model.password = SECRET
        users.add({ name: 'x', password: SECRET }, 'a')
        let whole: Snapshot = {}
        return {
          keep() {
            whole = store.snapshot({ redacted: true })
            return whole['model/user']?.d
          },
          change() {
            model.set({ password: 'newer', name: 'bob' })
            users.get('a')!.set({ password: 'newer', name: 'y' })
          },
          restore: () => store.hydrate(whole),
          secrets: () => [model.password, model.any, users.get('a')?.password],
        }
      },
      async here({ get, store, expect, act }) {
        const [model, users] = [get(User), get(Users)]
        const outward = await store.snapshot()
        expect(hidden(outward)).toBe(true)
        expect(outward['model/user']?.d).toEqual({ name: 'ada', ...marked })
        expect(await act('keep')).toEqual({ name: 'ada', password: SECRET, keys: [OLD], any: OLD })
        await act('change')
        expect([model.name, users.get('a')?.name]).toEqual(['bob', 'y'])
        await store.hydrate(JSON.parse(JSON.stringify(outward)))
        expect([model.name, users.get('a')?.name]).toEqual(['ada', 'x'])
        expect(await act('secrets')).toEqual(['newer', OLD, 'newer'])
        await act('restore')
        expect(await act('secrets')).toEqual([SECRET, OLD, SECRET])
        // A row that is not there has nothing to leave alone: it starts from initial, not from the marker.
        await users.delete('a')
        await store.hydrate(outward)
        expect(await act('secrets')).toEqual([SECRET, OLD, OLD])
      },
    },
    'put and reset of what has redacted fields': {
      state: [User, Users],
      there({ get }) {
        get(User).password = SECRET
        get(Users).add({ name: 'x', password: SECRET }, 'a')
        return { secrets: () => [get(User).password, get(Users).get('a')?.password, get(Users).get('b')?.password] }
      },
      async here({ get, expect, act }) {
        await get(Users).put('b', { name: 'b' } as never)
        await get(User).reset()
        await get(Users).get('a')!.reset()
        expect(await act('secrets')).toEqual([OLD, OLD, OLD])
        expect([get(User).name, get(Users).get('a')?.name, get(Users).get('b')?.name]).toEqual(['ada', '', 'b'])
      },
    },
    'a snapshot that does not fit is refused without its redacted values': {
      state: [User],
      there: ({ get }) => ({ secret: () => get(User).password }),
      async here({ store, expect, act }) {
        const bad = { v: 1, d: { name: 'x', password: SECRET.repeat(3), keys: [SECRET, 7], any: SECRET.repeat(3) } }
        const refused = await caught(() => store.hydrate({ 'model/user': bad as never }))
        expect(refused).toMatchObject({ name: 'HydrationError', entries: [{ key: 'model/user' }] })
        expect(hidden(refused)).toBe(true)
        expect(await act('secret')).toBe(OLD)
      },
    },
  }
}
