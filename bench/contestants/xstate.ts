import { type AnyActor, createActor, createMachine, initialTransition, transition } from 'xstate'
import type { Trial } from '../scenario.ts'
import { FIRST, IDLE, stateAt, TEN, type Watch } from '../scenarios/cycle.ts'
import { eventAt, graphOf } from '../scenarios/graph.ts'

const lamp = createMachine({ initial: 'off', states: { off: { on: { TOGGLE: 'on' } }, on: { on: { TOGGLE: 'off' } } } })

export function toggle(): Trial {
  const actor = createActor(lamp).start()
  const event = { type: 'TOGGLE' } as const
  return {
    run(from, to) {
      for (let step = from; step < to; step++) actor.send(event)
    },
    outcome: () => ({ on: actor.getSnapshot().matches('on') }),
  }
}

export function create(): Trial {
  let on = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const actor = createActor(lamp).start()
        actor.send({ type: 'TOGGLE' })
        if (actor.getSnapshot().matches('on')) on++
      }
    },
    outcome: () => ({ on }),
  }
}

export function idle(): Trial {
  const held: AnyActor[] = []
  return {
    run(from, to) {
      for (let step = from; step < to; step++) held.push(createActor(lamp).start())
    },
    outcome: () => ({ machines: held.length, on: held.filter((actor) => actor.getSnapshot().matches('on')).length }),
  }
}

const EVENTS = Object.fromEntries(TEN.map((type) => [type, { type }]))

function cycleOf(config: object, watch: Watch, isActive: (value: never, state: string) => boolean): Trial {
  let calls = 0
  const actor = createActor(
    createMachine(config as never).provide({
      actions: {
        see: () => {
          calls++
        },
      },
    } as never),
  ).start()
  const active = (state: string) => isActive((actor.getSnapshot() as unknown as { value: never }).value, state)
  const send = (type: string) => actor.send(EVENTS[type] as never)
  if (watch === 'listener') actor.subscribe(() => calls++)
  if (watch === 'effect') {
    let before = active('S0')
    actor.subscribe(({ value }: { value: unknown }) => {
      const now = isActive(value as never, 'S0')
      if (now !== before) calls++
      before = now
    })
  }
  if (watch === 'effect-ten') {
    let before = ''
    actor.subscribe(({ value }: { value: unknown }) => {
      let now = ''
      for (const state of TEN) if (isActive(value as never, state)) now = state
      if (now !== before) calls++
      before = now
    })
  }
  calls = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) send(stateAt(step))
    },
    outcome: () => ({ state: TEN.filter(active).join(), start: true, calls }),
  }
}

/** A region per state. The states that exclude each other leave at each other's events. */
export function cycleParallel(watch: Watch): Trial {
  const seen = watch === 'handlers' ? { entry: 'see', exit: 'see' } : {}
  const region = (name: string) => ({
    initial: name === FIRST ? 'on' : 'off',
    states: {
      off: { on: { [name]: 'on' } },
      on: { ...seen, on: Object.fromEntries(TEN.filter((other) => other !== name).map((other) => [other, 'off'])) },
    },
  })
  const states = Object.fromEntries(TEN.map((name) => [name, region(name)]))
  const config = { type: 'parallel', states: { Start: { initial: 'on', states: { off: {}, on: {} } }, ...states } }
  return cycleOf(config, watch, (value: Record<string, string>, state) => value[state] === 'on')
}

/** One state at a time: less than the relations say, and what most would write. */
export function cycleFlat(watch: Watch, large = false): Trial {
  const seen = watch === 'handlers' ? { entry: 'see', exit: 'see' } : {}
  const node = (i: number) => ({ ...seen, on: { [stateAt(i + 1)]: stateAt(i + 1) } })
  const states: Record<string, object> = Object.fromEntries(TEN.map((name, i) => [name, node(i)]))
  for (const name of large ? IDLE : []) states[name] = {}
  return { ...cycleOf({ initial: FIRST, states }, watch, (value: string, state) => value === state), lacks: ['start'] }
}

/** Its pure function. */
export function walk(size: number): Trial {
  const { names, edges } = graphOf(size)
  const states = Object.fromEntries(
    names.map((name) => [
      name,
      { on: Object.fromEntries(edges.filter((e) => e.source === name).map((e) => [e.trigger, e.dest])) },
    ]),
  )
  const machine = createMachine({ initial: names[0]!, states })
  let [snapshot] = initialTransition(machine)
  const events = Object.fromEntries(['next', 'skip', 'back'].map((type) => [type, { type }]))
  return {
    run(from, to) {
      for (let step = from; step < to; step++) snapshot = transition(machine, snapshot, events[eventAt(step)]!)[0]
    },
    outcome: () => ({ state: snapshot.value }),
  }
}
