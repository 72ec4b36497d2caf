import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'

/** Effects see what was committed. */
export const effects: Suite = (library) => {
  const { Lamp } = define(library)
  const { effect } = library

  return {
    'outside of transactions is the effect of signals-core, cleanup included': {
      state: [Lamp],
      async here({ get, expect }) {
        const lamp = get(Lamp)
        const seen: string[] = []
        const stop = effect(() => {
          const { watts } = lamp
          seen.push(`run ${watts}`)
          return () => seen.push(`clean ${watts}`)
        })
        await lamp.set({ watts: 6 })
        stop()
        await lamp.set({ watts: 7 })
        expect(seen).toEqual(['run 5', 'clean 5', 'run 6', 'clean 6'])
      },
    },
    'runs when a field it read changes, and not when another does': {
      state: [Lamp],
      async here({ get, expect }) {
        const lamp = get(Lamp)
        const seen: unknown[] = []
        effect(() => void seen.push(lamp.on ? lamp.watts : 'off'))
        await lamp.set({ watts: 6 })
        await lamp.set({ colour: 'red' })
        expect(seen).toEqual(['off'])
        await lamp.set({ on: true })
        await lamp.set({ watts: 7 })
        expect(seen).toEqual(['off', 6, 7])
      },
    },
  }
}
