import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk } from './fixtures/disk.ts'

/** What machines and models change together is one commit. */
export const machineRecord: Suite = (library) => {
  const { Lamp } = define(library)
  const { defineMachine, effect } = library
  const Door = defineMachine('door', {
    Open: { remove: ['Closed'] },
    Closed: { auto: true, remove: ['Open'] },
  })

  return {
    'effects of a machine and a model, changed in one commit, run once on both': {
      state: [Door, Lamp],
      there({ get, store }) {
        get(Door).handle({
          Closed: {
            entered: () => {
              get(Lamp).on = false
            },
          },
        })
        return {
          both: () =>
            store.transaction(() => {
              get(Lamp).on = true
              get(Door).add('Open')
            }),
        }
      },
      async here({ get, expect, act }) {
        const [door, lamp] = [get(Door), get(Lamp)]
        const seen: string[] = []
        effect(() => void seen.push(`${door.is('Open')} ${lamp.on}`))
        await act('both')
        await door.add('Closed')
        expect(seen).toEqual(['false false', 'true true', 'false false'])
      },
    },
    'a handler that throws tells onError once, with its phase': {
      state: [Door],
      there({ get }) {
        get(Door).handle({
          Open: {
            entered: () => {
              throw new Error('stuck')
            },
          },
        })
      },
      async here({ get, expect, errors }) {
        const door = get(Door)
        await door.add('Open')
        expect(await errors()).toEqual([['handler', 'stuck']])
        expect([door.isError(), (door.error() as Error).message]).toEqual([true, 'stuck'])
        expect(await errors()).toEqual([])
      },
    },
    'a subscriber of a machine gets what it exports, after the commit': {
      state: [Door],
      async here({ get, store, expect, turn }) {
        const seen: unknown[] = []
        store.subscribe(get(Door), (snapshot) => void seen.push(snapshot))
        const adding = get(Door).add('Open')
        expect(seen).toEqual([])
        await adding
        await turn()
        expect(seen).toEqual([get(Door).export()])
      },
    },
    'writes of a handler after its first await are commits of their own': {
      state: [Door, Lamp],
      disk,
      there({ get, disk }) {
        const lamp = get(Lamp)
        let end = () => {}
        get(Door).handle({
          Open: {
            async entered() {
              lamp.watts = 6
              await new Promise<void>((resolve) => {
                end = resolve
              })
              lamp.watts = 7
              throw new Error('too late to undo anything')
            },
          },
        })
        return {
          end: () => end(),
          commits: () => disk.writes.flat().map((commit) => [...commit.keys()].sort()),
        }
      },
      async here({ get, store, expect, act, turn }) {
        const [door, lamp] = [get(Door), get(Lamp)]
        const seen: string[] = []
        effect(() => void seen.push(`${door.is('Open')} ${lamp.watts}`))
        await door.add('Open')
        await store.flush()
        expect(await act('commits')).toEqual([['machine/door', 'model/lamp']])
        await act('end')
        await turn()
        await store.flush()
        expect(lamp.watts).toBe(7)
        expect(seen.slice(0, 3)).toEqual(['false 5', 'true 6', 'true 7'])
        expect(((await act('commits')) as string[][])[1]).toEqual(['model/lamp'])
      },
    },
  }
}
