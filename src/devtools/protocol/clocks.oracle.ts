import type { ClockReason, TxRow } from './frames.ts'
import { readToPanel } from './read.ts'

type Event =
  | { readonly clock: readonly number[]; readonly seq: number; readonly queueTick: number; readonly why: ClockReason }
  | { readonly row: TxRow; readonly seq: number }

/**
 * Clocks worked out from a recorded stream in the slowest and simplest way: for each question from the nearest clock
 * frame before it, one row after the other. What fast code shows is held against it.
 */
export class ClockOracle {
  readonly #events = new Map<number, Event[]>()
  readonly #seen = new Set<string>()
  /** Per machine: transitions that were dropped. */
  readonly dropped = new Map<number, number>()

  constructor(lines: readonly string[]) {
    for (const text of lines) {
      const frame = readToPanel(text)
      if (frame?.k === 'clock') {
        for (const [m, seq, clock, why, queueTick] of frame.list) this.#of(m).push({ clock, seq, queueTick, why })
      } else if (frame?.k === 'tx') {
        for (const row of frame.rows) {
          const name = `${row[0]} ${row[1]}`
          if (!this.#seen.has(name)) this.#of(row[0]).push({ row, seq: row[1] })
          this.#seen.add(name)
        }
      } else if (frame?.k === 'drop') {
        for (const [m, from, to] of frame.list) this.dropped.set(m, (this.dropped.get(m) ?? 0) + to - from + 1)
      }
    }
  }

  get machines(): number[] {
    return [...this.#events.keys()]
  }

  rows(m: number): TxRow[] {
    return this.#of(m).flatMap((event) => ('row' in event ? [event.row] : []))
  }

  /** The first row's predecessor: transitions before it were not recorded for this panel. */
  base(m: number): number {
    return this.#of(m)[0]?.seq ?? 0
  }

  /** All ticks of a machine after its row `seq`, and its queue tick; `undefined` in a gap. */
  at(m: number, seq: number): { ticks: number[]; queueTick: number } | undefined {
    const events = this.#of(m)
    const from = events.findLastIndex((event) => 'clock' in event && event.seq <= seq && event.why !== 'check')
    if (from < 0) return undefined
    const start = events[from] as Extract<Event, { clock: unknown }>
    const ticks = start.clock.slice()
    for (let next = start.seq + 1; next <= seq; next++) {
      const event = events.find((one) => 'row' in one && one.seq === next)
      if (!event || !('row' in event)) return undefined
      const deltas = event.row[6]
      for (let i = 0; i < deltas.length; i += 2) ticks[deltas[i]!]! += deltas[i + 1]!
    }
    return { ticks, queueTick: start.queueTick + seq - start.seq }
  }

  /** Clock frames that do not say what the rows before them come to. */
  wrong(): string[] {
    return [...this.#events].flatMap(([m, events]) =>
      events.flatMap((event) => {
        if (!('clock' in event) || event.why !== 'check') return []
        const computed = this.at(m, event.seq)
        const right = computed?.ticks.join() === event.clock.join() && computed.queueTick === event.queueTick
        return right ? [] : [`machine ${m} at ${event.seq}: ${computed?.ticks} is not ${event.clock}`]
      }),
    )
  }

  #of(m: number): Event[] {
    let events = this.#events.get(m)
    if (!events) {
      events = []
      this.#events.set(m, events)
    }
    return events
  }
}
