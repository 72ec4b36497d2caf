import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { thrown } from './fixtures/reports.ts'

/** Stores never meet, save in an effect that reads of several. */
export const isolation: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { createStore, effect, NotRegisteredError } = library

  return {
    'of the same definitions, with the same name, neither hears of the other': {
      state: [Lamp, Todos],
      async here({ get, store, expect, turn }) {
        const other = createStore({ state: [Lamp, Todos], name: store.name })
        const heard: string[] = []
        other.listen(() => heard.push('listener'))
        other.trace({ commit: () => heard.push('tracer') })
        other.subscribe(Lamp, () => heard.push('subscriber'))
        effect(() => void heard.push(`effect ${other.get(Lamp).watts}`))
        await get(Lamp).set({ watts: 6 })
        await get(Todos).add({}, 'x')
        await store.hydrate({})
        await turn()
        expect([other.get(Lamp).watts, other.get(Todos).size, heard]).toEqual([5, 0, ['effect 5']])
        other.get(Lamp).watts = 7
        await turn()
        expect(get(Lamp).watts).toBe(6)
      },
    },
    'an effect over both sees each as it was committed': {
      state: [Lamp],
      async here({ get, expect }) {
        const other = createStore({ state: [Lamp] })
        const seen: string[] = []
        effect(() => void seen.push(`${get(Lamp).watts} ${other.get(Lamp).watts}`))
        await get(Lamp).set({ watts: 6 })
        other.get(Lamp).watts = 7
        expect(seen).toEqual(['5 5', '6 5', '6 7'])
      },
    },
    'get of what a store was not given throws NotRegisteredError, which names both': {
      state: [Lamp],
      async here({ get, store, expect }) {
        for (const ask of [() => get(Tank), () => store.get(Todos)]) {
          const error = thrown(ask) as Error
          expect(error).toBeInstanceOf(NotRegisteredError)
          expect(error.message).toMatch(/lab.*(tank|todo)/)
        }
      },
    },
  }
}
