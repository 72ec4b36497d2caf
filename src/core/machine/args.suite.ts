import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'

/** Arguments of mutations: who gets them, and who refuses them. */
export const machineArgs: Suite = ({ defineMachine }) => {
  const args = v.object({ peer: v.string(), n: v.optional(v.number(), 7) })
  const One = defineMachine('m', { A: { args, multi: true }, B: {} })
  const Two = defineMachine('m', {
    A: { args: v.object({ a: v.string() }) },
    B: { args: v.object({ b: v.number() }) },
    C: {},
  })
  const Implied = defineMachine('m', {
    A: { args: v.object({ a: v.string() }) },
    B: { args: v.object({ b: v.number() }), remove: ['A'], add: ['C'] },
    C: { args: v.object({ c: v.number() }) },
  })
  const late = { '~standard': { version: 1, vendor: 'x', validate: async () => ({ value: 1 }) } } as const
  const Late = defineMachine('m', { A: { args: late } })
  const secret = v.object({ user: v.string(), pin: v.pipe(v.string(), v.length(4)) })
  const Key = defineMachine('key', { A: { args: secret, redact: ['pin'] } })
  const All = defineMachine('all', { A: { args: secret, redact: true } })
  type Given = { readonly id: number; readonly list: readonly number[] }
  const given = v.object({ id: v.number(), list: v.array(v.number()) })
  const Free = defineMachine('m', { M: { args: given, multi: true }, N: {} })
  const Restated = defineMachine('m', { Exception: { args: v.object({ code: v.number() }) } })

  return {
    'the output reaches handlers, a rejection the caller': {
      state: [One],
      there({ get, note }) {
        get(One).handle({ A: { entered: ({ args }) => note(args), exited: ({ args }) => note(args) } })
      },
      async here({ get, expect, library, notes }) {
        const m = get(One)
        const loose = m as unknown as Record<string, (s: string | string[], args?: unknown) => unknown>
        for (const call of ['add', 'set', 'toggle', 'canAdd', 'canSet']) {
          for (const bad of [undefined, {}, { peer: 1 }]) {
            const refused = await (async () => loose[call]!('A', bad))().catch((error) => error)
            expect(refused, call).toBeInstanceOf(library.ArgsError)
            expect(refused).toMatchObject({ name: 'ArgsError', state: 'A', machine: 'm', issues: expect.any(Array) })
          }
        }
        await expect(async () => loose.add!(['B', 'A'], { peer: 1 })).rejects.toThrow(/peer: /)
        await expect(async () => loose.remove!('A', { peer: 1 })).rejects.toThrow(/peer: /)
        expect(m.queueTick()).toBe(1)
        await m.add('A', { peer: 'x' })
        await m.remove('A')
        expect(await notes()).toEqual([{ peer: 'x', n: 7 }, undefined])
        expect(m.queueTick()).toBe(3)
      },
    },
    'what is given counts as it was then, whatever becomes of it': {
      state: [Free],
      there({ get, note }) {
        const look = ({ args }: { args: unknown }) => note(structuredClone((args as Given).list))
        get(Free).handle({ M: { entered: look }, N: { entered: look }, Exception: { entered: look } })
      },
      async here({ get, expect, notes, state }) {
        const m = get(Free)
        const args = { id: 1, list: [1] }
        const states: ('M' | 'N')[] = ['M']
        const partial = { id: 1 }
        const found = m.whenArgs('M', partial)
        const reached = m.when(states)
        partial.id = 5
        const added = m.add(states, args)
        states.push('N')
        args.id = 2
        args.list.push(2)
        await added
        const failed = m.addError(new Error('x'), { args })
        args.list.push(3)
        await failed
        expect(m.active()).toEqual(['M', 'Exception'])
        expect(await notes()).toEqual([[1], [1, 2]])
        expect(await state(found)).toMatchObject({ value: { id: 1 } })
        expect(await state(reached)).toEqual({ value: undefined })
      },
    },
    'two states with schemas each get their own output': {
      state: [Two],
      there({ get, note }) {
        const look = { entered: ({ args }: { args: unknown }) => note(args) }
        get(Two).handle({ A: look, B: look, C: look })
      },
      async here({ get, expect, notes }) {
        await get(Two).add(['A', 'B', 'C'], { a: 'x', b: 1 })
        expect(await notes()).toEqual([{ a: 'x' }, { b: 1 }, { a: 'x', b: 1 }])
      },
    },
    'a state with a schema is never given what was meant for another': {
      state: [Implied],
      there({ get, note }) {
        const look = ({ args, state }: { args: unknown; state: string }) => note([state, args])
        get(Implied).handle({ A: { exited: look }, B: { entered: look }, C: { entered: look } })
      },
      async here({ get, expect, notes }) {
        const m = get(Implied)
        await m.add('A', { a: 'x' })
        await m.add('B', { b: 1 })
        expect(await notes()).toEqual([
          ['A', undefined],
          ['B', { b: 1 }],
          ['C', undefined],
        ])
      },
    },
    'an asynchronous schema is refused at the call': {
      state: [Late],
      async here({ get, expect }) {
        await expect(async () => get(Late).add('A', 1 as never)).rejects.toThrow(/asynchronous/)
        expect(get(Late).queueTick()).toBe(1)
      },
    },
    'what is redacted is not quoted': {
      state: [Key, All],
      async here({ get, expect }) {
        const message = async (definition: typeof Key | typeof All) => {
          try {
            await get(definition as typeof Key).add('A', { user: 1 as never, pin: '12345' })
          } catch (error) {
            return JSON.stringify({ ...(error as Error) }) + (error as Error).message
          }
          return ''
        }
        expect(await message(Key)).toMatch(/user: .*received 1[\s\S]*pin: rejected \(redacted\)/)
        expect(await message(Key)).not.toMatch(/12345/)
        expect(await message(All)).toMatch(/rejected \(redacted\)/)
        expect(await message(All)).not.toMatch(/12345|received/)
      },
    },
    'Exception restated with args keeps its error': {
      state: [Restated],
      async here({ get, expect }) {
        const m = get(Restated)
        await m.addError('boom', { args: { code: 7 } })
        expect(m.error()).toBe('boom')
        await expect(async () => m.addError('x', { args: { code: 'y' } })).rejects.toThrow(/code/)
        expect(m.error()).toBe('boom')
        await m.addError('bare')
        expect(m.error()).toBe('bare')
      },
    },
  }
}
