import type { Transition } from '../../core/machine/transition.ts'
import type { CommitRecord } from '../../core/store/record.ts'
import type { ClockReason, Drop, Frame, Gone, MachineInfo, StoreInfo } from '../protocol/frames.ts'
import { line } from '../protocol/line.ts'
import { type ClockAt, Clocks } from './clocks.ts'
import type { Entry } from './machines.ts'
import type { Moved } from './probe.ts'
import type { Recorder } from './recorder.ts'
import { COMMIT, GONE, HANDLER, MOVED, QUEUE, RECORD, RESUMED } from './ring.ts'
import { type Rows, shapeOf } from './rows.ts'
import { schemaOf } from './schema.ts'

/** Characters after which a message is sent and another begun. */
const MESSAGE = 128 * 1024
/** Machines, or clocks, in one frame. */
const BATCH = 200
/** A machine's clock is told after so many of its rows. */
const CHECK = 1024

type Range = [from: number, to: number]

/**
 * One panel that looks on: what it was told so far, what it may still be told, and what it missed.
 *
 * It reads the ring at its own pace. Rows that are overwritten before it came to them are counted, and its clocks are
 * moved past them, so that it can always say where a machine stands at the next row.
 */
export class Session {
  readonly #recorder: Recorder
  readonly #rows: Rows
  readonly #send: (message: string) => void
  readonly #clocks: Clocks
  /** The next row. */
  #cursor: number
  #credit = 0
  #sent = 0
  #machines = 0
  readonly #hashes = new Set<string>()
  readonly #holds: number[] = []
  readonly #lost = new Map<number, Range>()
  readonly #lostCommits = new Map<number, Range>()
  #lostOthers = 0
  #lostEnds: [Entry, number][] = []
  #early: [m: number, transition: Transition][] = []
  /** Lines that wait to be sent. */
  #out: string[] = []
  #size = 0

  constructor(recorder: Recorder, rows: Rows, send: (message: string) => void) {
    this.#recorder = recorder
    this.#rows = rows
    this.#send = send
    this.#clocks = new Clocks(recorder.ring)
    this.#cursor = recorder.ring.tail
  }

  /** The oldest row it has not seen. */
  get cursor(): number {
    return this.#cursor
  }

  /** Tells what there is, and where it stood before the oldest row. */
  open(): void {
    const { machines } = this.#recorder
    this.#clocks.rewind(machines, this.#cursor)
    this.#introduce(this.#clocks.at)
    this.#push()
  }

  /** Raises the number of rows it may be told. */
  grant(rows: number): void {
    this.#credit = Math.max(this.#credit, rows)
  }

  /** Something that costs no credit and waits for nothing. */
  say(frame: Frame): void {
    this.#send(line(frame))
  }

  /** Rows up to `until` are about to be overwritten: counts what it will not see of them. */
  skip(until: number): void {
    const { ring } = this.#recorder
    ring.settle()
    this.#introduce()
    this.#settle()
    for (; this.#cursor < until; this.#cursor++) {
      const at = this.#cursor & ring.mask
      const tag = ring.tags[at]!
      const kind = tag & 15
      const about = tag >>> 4
      const next = (this.#clocks.at.get(about)?.seq ?? 0) + 1
      if (kind <= RECORD) this.#miss(about, next, next)
      else if (kind === COMMIT) {
        const { seq } = ring.slots[at] as CommitRecord
        widen(this.#lostCommits, about, seq, seq)
      } else if (kind === RESUMED)
        for (const { m, seqs } of ring.slots[at] as Moved[]) this.#miss(m, seqs[0] + 1, seqs[1])
      else if (kind === MOVED) this.#miss(about, next, next - 1)
      else if (kind === GONE) this.#lostEnds.push([ring.slots[at] as Entry, ring.times[at]!])
      else this.#lostOthers++
      if (kind === RECORD && (ring.slots[at] as Transition).accepted === undefined) {
        // Its handler is what fills the ring.
        this.#clocks.count(about)
        this.#early.push([about, ring.slots[at] as Transition])
      } else this.#clocks.pass(this.#cursor)
    }
  }
  #miss(m: number, from: number, to: number): void {
    if (this.#clocks.at.has(m)) widen(this.#lost, m, from, to)
  }
  /** What was passed while it ran has ended meanwhile. */
  #settle(): void {
    this.#early = this.#early.filter(([m, transition]) => {
      if (transition.accepted === undefined) return true
      this.#clocks.settle(m, transition.deltas)
      return false
    })
  }

  /** Sends what may be sent. */
  flush(): void {
    this.#introduce()
    this.#settle()
    this.#confess()
    const group = new Group()
    const { ring } = this.#recorder
    ring.settle()
    for (; this.#cursor < ring.head; this.#cursor++) {
      if (this.#size + group.size > MESSAGE) {
        this.#close(group)
        this.#push()
      }
      if (!this.#row(this.#cursor, group)) break
    }
    this.#close(group)
    this.#push()
  }

  /** Takes one row in; false when it must wait. */
  #row(i: number, group: Group): boolean {
    const { ring } = this.#recorder
    const at = i & ring.mask
    const tag = ring.tags[at]!
    const kind = tag & 15
    const about = tag >>> 4
    if (kind === GONE) {
      this.#close(group)
      this.#end(ring.slots[at] as Entry, ring.times[at]!)
      return true
    }
    if (kind === MOVED || kind === RESUMED) {
      this.#close(group)
      this.#clocks.pass(i)
      if (kind === MOVED) this.#tell([about], 'set')
      else this.#resumed(ring.slots[at] as readonly Moved[])
      return true
    }
    const clock = this.#clocks.at.get(about)
    if (!clock && kind !== COMMIT) return true
    if (this.#sent >= this.#credit) return false
    if (clock && kind <= RECORD) {
      const text = this.#rows.tx(i, clock.seq + 1)
      if (text === undefined) return false
      group.tx.push(text)
      group.size += text.length
      this.#sent++
      this.#clocks.pass(i)
      if (clock.seq % CHECK === 0) {
        this.#close(group)
        this.#tell([about], 'check')
      }
      return true
    }
    const [list, text] =
      kind === HANDLER
        ? [group.handlers, this.#rows.handler(i)]
        : kind === QUEUE
          ? [group.queue, this.#rows.queue(i)]
          : [group.model, this.#rows.commit(i, this.#recorder.stores[about - 1]?.store)]
    list.push(text)
    group.size += text.length
    this.#sent++
    return true
  }

  #close(group: Group): void {
    for (const text of group.take()) this.#line(text)
  }

  /** Schemas, stores and machines it has not heard of; newborn machines stand at 0, the others where `clocks` says. */
  #introduce(clocks?: ReadonlyMap<number, ClockAt>): void {
    this.#introduceStores()
    const { entries, last } = this.#recorder.machines
    if (this.#machines >= last) return
    const fresh: Entry[] = []
    for (const entry of clocks ? entries.values() : since(entries, this.#machines, last)) {
      if (clocks ? clocks.has(entry.m) : this.#meet(entry.m)) fresh.push(entry)
    }
    this.#machines = last
    for (const entry of fresh) {
      const schema = schemaOf(entry.compiled.definition as never)
      if (this.#hashes.has(schema.hash)) continue
      this.#hashes.add(schema.hash)
      this.#line(line(schema))
    }
    for (let i = 0; i < fresh.length; i += BATCH) {
      this.#line(line({ k: 'machine', list: fresh.slice(i, i + BATCH).map((entry) => this.#info(entry)) }))
    }
    this.#tell(
      fresh.map(({ m }) => m),
      'start',
    )
  }
  /** Takes note of a machine born after this session began. */
  #meet(m: number): boolean {
    const { at } = this.#clocks
    if (at.has(m)) return true
    const entry = this.#recorder.machines.entries.get(m)
    if (entry) this.#clocks.put(m, birthOf(entry))
    return !!entry
  }

  #info({ m, compiled, label, time, parent, tags, store, key, mirror }: Entry): MachineInfo {
    const definition = compiled.definition as { name: string }
    const s = store === undefined ? undefined : this.#recorder.stores.findLast((one) => one.store.name === store)?.s
    return {
      m,
      hash: schemaOf(compiled.definition as never).hash,
      name: definition.name,
      label,
      time: Math.round(time),
      ...(parent !== undefined && { parent }),
      ...(tags.length > 0 && { tags }),
      ...(s !== undefined && { s }),
      ...(key !== undefined && { key }),
      ...(mirror && { mirror }),
    }
  }

  #introduceStores(): void {
    const list = this.#recorder.stores.flatMap(({ s, store }): StoreInfo[] => {
      const held = store.held()
      if (this.#holds[s] === held.length) return []
      this.#holds[s] = held.length
      const holds = held.map((holder) => {
        const { key, many } = holder.definition
        const shape = shapeOf(holder)
        return {
          key,
          kind: shape ? ('model' as const) : ('machine' as const),
          many,
          fields: shape?.fields.map(({ name }) => name) ?? [],
          computed: shape?.computed.map(([name]) => name) ?? [],
          redact: [...(shape?.redact ?? [])],
        }
      })
      return [{ s, name: store.name, holds }]
    })
    if (list.length > 0) this.#line(line({ k: 'store', list }))
  }

  #tell(machines: readonly number[], why: ClockReason): void {
    const rows = machines.flatMap((m) => {
      const clock = this.#clocks.at.get(m)
      return clock ? [[m, clock.seq, clock.ticks, why, clock.queueTick, clock.machineTick] as const] : []
    })
    for (let i = 0; i < rows.length; i += BATCH) this.#line(line({ k: 'clock', list: rows.slice(i, i + BATCH) }))
  }

  #resumed(moved: readonly Moved[]): void {
    const known = moved.filter(({ m }) => this.#clocks.at.has(m))
    const list = known.flatMap(({ m, seqs: [from, to] }) => (to > from ? [[m, from + 1, to] as const] : []))
    if (list.length > 0) this.#line(line({ k: 'drop', reason: 'pause', list, stores: [], others: 0 }))
    this.#tell(
      known.map(({ m }) => m),
      'drop',
    )
  }

  /** Says what was missed. */
  #confess(): void {
    if (this.#lost.size + this.#lostCommits.size + this.#lostOthers + this.#lostEnds.length === 0) return
    const ranges = (map: Map<number, Range>): Drop['list'] =>
      [...map].flatMap(([about, [from, to]]) => (to >= from ? [[about, from, to] as const] : []))
    this.#line(
      line({
        k: 'drop',
        reason: 'ring',
        list: ranges(this.#lost),
        stores: ranges(this.#lostCommits),
        others: this.#lostOthers,
      }),
    )
    this.#tell([...this.#lost.keys()], 'drop')
    for (const [entry, time] of this.#lostEnds.splice(0)) this.#end(entry, time)
    this.#lost.clear()
    this.#lostCommits.clear()
    this.#lostOthers = 0
  }

  #end({ m }: Entry, time: number): void {
    const clock = this.#clocks.at.get(m)
    if (!clock) return
    const gone: Gone = { k: 'gone', list: [[m, clock.seq, Math.round(time)]] }
    this.#line(line(gone))
  }

  #line(text: string): void {
    this.#out.push(text)
    this.#size += text.length
    if (this.#size > MESSAGE) this.#push()
  }
  #push(): void {
    if (this.#out.length === 0) return
    const message = this.#out.join('\n')
    this.#out = []
    this.#size = 0
    this.#send(message)
  }
}

/** Rows of one flush, by kind: a transition's handlers come after it, and nothing else depends on their order. */
class Group {
  tx: string[] = []
  handlers: string[] = []
  queue: string[] = []
  model: string[] = []
  size = 0

  take(): string[] {
    const kinds = ['tx', 'handlers', 'queue', 'model'] as const
    const lines = kinds.flatMap((kind) => (this[kind].length ? [`{"k":"${kind}","rows":[${this[kind].join()}]}`] : []))
    for (const kind of kinds) this[kind] = []
    this.size = 0
    return lines
  }
}

function widen(ranges: Map<number, Range>, about: number, from: number, to: number): void {
  const known = ranges.get(about)
  if (!known) ranges.set(about, [from, to])
  else known[1] = Math.max(known[1], to)
}

function* since(entries: ReadonlyMap<number, Entry>, after: number, last: number): Iterable<Entry> {
  for (let m = after + 1; m <= last; m++) {
    const entry = entries.get(m)
    if (entry) yield entry
  }
}

function birthOf({ compiled }: Entry): ClockAt {
  return { ticks: compiled.zeros.slice(), seq: 0, queueTick: 1, machineTick: 0 }
}
