import { collection, createStore, defineMachine, defineModel, openStore, type Store } from 'escapement'
import { indexedDbStorage } from 'escapement/storage/indexeddb'
import * as v from 'valibot'

/** What some seconds of animation came to. */
export interface Frames {
  readonly perSecond: number
  /** Milliseconds of work on the main thread per frame: the middle one, and the one that 95 of 100 stay below. */
  readonly median: number
  readonly p95: number
  /** Frames that came later than 1.5 times their time. */
  readonly late: number
  /** Mutations that were accepted; less than asked for is a mistake. */
  readonly ticks: number
  readonly asked: number
}

/** What goes to IndexedDB: nothing, the clock that the flights follow, or each flight's machine as well. */
export type Kept = 'nothing' | 'clock' | 'all'

const flightsOf = (persist: boolean) =>
  collection(
    defineMachine('flight', { Boarding: { remove: ['Departed'] }, Departed: { remove: ['Boarding'] } }, { persist }),
  )
const Clock = defineModel('clock', { minute: v.number() }, { initial: { minute: 0 } })

/** Ticks `count` machines once per frame, all in one commit, with the minute of the board's clock. */
export async function frames(count: number, seconds: number, kept: Kept): Promise<Frames> {
  const Flights = flightsOf(kept === 'all')
  const state = [Flights, Clock]
  const store: Store =
    kept === 'nothing' ? createStore({ state }) : await openStore({ storage: indexedDbStorage('frames'), state })
  const flights = store.get(Flights)
  const clock = store.get(Clock)
  for (let i = 0; i < count; i++) flights.add(`flight-${i}`)
  const all = [...flights]
  const work: number[] = []
  const times: number[] = []
  let ticks = 0
  const frame = (time: number) => {
    const start = performance.now()
    const next = work.length % 2 ? 'Departed' : 'Boarding'
    store.transaction(() => {
      for (const flight of all) flight.add(next)
      clock.minute++
    })
    for (const flight of all) if (flight.is(next)) ticks++
    work.push(performance.now() - start)
    times.push(time)
  }
  await new Promise<void>((done) => {
    const on = (time: number) => {
      frame(time)
      if (time - times[0]! < seconds * 1000) requestAnimationFrame(on)
      else done()
    }
    requestAnimationFrame(on)
  })
  await store.close()
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  work.sort((a, b) => a - b)
  return {
    perSecond: (gaps.length / (times.at(-1)! - times[0]!)) * 1000,
    median: work[work.length >> 1]!,
    p95: work[Math.floor(work.length * 0.95)]!,
    late: gaps.filter((gap) => gap > 25).length,
    ticks,
    asked: work.length * count,
  }
}
