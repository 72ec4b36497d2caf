// The other thread of the worker scenarios: the same machine behind different channels. Compiled beside the contest.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { expose } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { collection, createStore, defineMachine, defineModel, exclusive } from 'escapement'
import { serveStore } from 'escapement/worker'
import * as v from 'valibot'
import { TEN } from '../scenarios/cycle.ts'

export const Cycle = defineMachine('cycle', exclusive(...TEN))
export const Flights = collection(defineMachine('flight', exclusive(...TEN)))
/** The page asks for steps of all flights, up to a goal, by setting it; each makes `rounds` moves in a step. */
export const Simulation = defineModel(
  'simulation',
  { goal: v.number(), step: v.number(), rounds: v.number() },
  { initial: { goal: 0, step: 0, rounds: 1 } },
)
export const FLIGHTS = 2000

export interface Request {
  readonly id: number
  readonly state: string
}
export interface Reply {
  readonly id: number
  readonly status: string
}

function serve(port: MessagePort, kind: string): void {
  const store = createStore({ state: [Cycle, Flights, Simulation] })
  const machine = store.get(Cycle)
  const add = ({ id, state }: Request): Reply => ({ id, status: machine.add(state as 'S0').status })
  if (kind === 'raw') port.on('message', (request: Request) => port.postMessage(add(request)))
  else if (kind === 'batch') port.on('message', (requests: Request[]) => port.postMessage(requests.map(add)))
  else if (kind === 'comlink') expose({ add: (state: string) => machine.add(state as 'S0').status }, nodeEndpoint(port))
  else {
    if (kind === 'flights') {
      const flights = Array.from({ length: FLIGHTS }, (_, i) => store.get(Flights).add(`f${i}`))
      const simulation = store.get(Simulation)
      let at = 0
      // A step a task, as a simulation does it; the page may be busy with the last one meanwhile.
      const move = () => {
        if (at >= simulation.goal) {
          simulation.step = at
          return
        }
        for (let round = 0; round < simulation.rounds; round++) {
          const state = TEN[(at * simulation.rounds + round) % 10] as 'S0'
          for (const flight of flights) flight.add(state)
        }
        at++
        setImmediate(move)
      }
      let goal = 0
      simulation.listen(() => {
        if (simulation.goal === goal) return
        goal = simulation.goal
        setImmediate(move)
      })
    }
    if (kind === 'single') {
      const flights = Array.from({ length: FLIGHTS }, (_, i) => store.get(Flights).add(`f${i}`))
      port.on('message', ({ toggle }: { toggle?: number }) => {
        if (toggle !== undefined) flights[toggle]?.toggle('S9')
      })
    }
    serveStore(store, { endpoint: port })
  }
}

if (parentPort && workerData?.kind) serve(parentPort, workerData.kind)
