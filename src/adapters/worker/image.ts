import type { Member } from '../../core/ports/host.ts'
import type { Store } from '../../core/store/store.ts'
import type { ByteReader } from './bytes.ts'
import { differing } from './differing.ts'
import { errorOf } from './error-text.ts'
import { Layers, type Proposal } from './layers.ts'
import type { Image } from './link.ts'
import { type Birth, type Item, isCount, must } from './protocol.ts'

/** A machine of the mirror, by what is written to it here. */
interface Clock {
  readonly ticks: readonly number[]
  readonly restarts: number
  readonly processed: number
  readonly engine: { readonly watch: { fireAll(): void } } | undefined
  follow(changes: readonly number[], queueTick: number, machineTick: number): void
}

/** What the worker calls by a number. */
interface Entry {
  readonly member: Member
  readonly id: string
  /** The machine, once it was needed. */
  clock: Clock | undefined
}

/** A machine's new clock, looked at already. */
type Move = readonly [clock: Clock, changes: readonly number[], queueTick: number, machineTick: number]

interface Fields {
  set(values: Record<string, unknown>): void
}

const isMachine = ({ holder }: Member) => holder.definition.key.startsWith('machine/')
const liveOf = ({ live, holder }: Member, id: string): unknown =>
  holder.definition.many ? (live as { get(id: string): unknown }).get(id) : live

/** The mirror's store, and how what the worker sends becomes part of it: one commit per frame. */
export class MirrorImage implements Image {
  readonly #store: Store
  readonly #members: readonly Member[]
  #table = new Map<number, Entry>()
  #next = 0
  // What machines were called `Exception` with, and which were disposed in the worker. Another worker's may be neither.
  #errors = new WeakMap<object, unknown>()
  #ended = new WeakSet<object>()
  readonly #layers: Layers
  readonly #told: (status: string, error: unknown) => void

  /** @param told the worker's status, and why its storage failed */
  constructor(store: Store, members: readonly Member[], told: (status: string, error: unknown) => void) {
    this.#store = store
    this.#members = members
    this.#layers = new Layers()
    this.#told = told
  }

  /** What a machine of the mirror was last called `Exception` with. */
  errorOf(machine: object): unknown {
    return this.#errors.get(machine)
  }

  /** Was the machine behind this one disposed? */
  ended(machine: object): boolean {
    return this.#ended.has(machine)
  }

  start(births: readonly Birth[], items: readonly Item[], answered: readonly number[]): void {
    this.#table = new Map()
    this.#next = 0
    this.#errors = new WeakMap()
    this.#ended = new WeakSet()
    const kept = new Map(this.#members.map((member) => [member, new Set<string>()]))
    this.#commit(1, items, answered, () => {
      for (const [, at, id] of births) kept.get(this.#member(at))?.add(id)
      for (const [member, ids] of kept) this.#clear(member, ids)
      for (const birth of births) this.#birth(birth)
    })
  }

  step(numbers: ByteReader, commits: number, items: readonly Item[], answered: readonly number[]): void {
    // Looked at before anything is changed: of a clock nothing can be taken back.
    const moves: Move[] = []
    while (!numbers.done) moves.push(this.#move(numbers))
    this.#commit(commits, items, answered, () => {}, moves)
  }

  /** Shows what call `call` is hoped to lead to, until it is answered. */
  propose(call: number, member: Member, id: string, proposal: Proposal): void {
    try {
      this.#store.transaction(() => this.#layers.propose(call, member, id, proposal))
    } catch {
      // It is nothing that fits: the worker will say so.
      this.#layers.forget([call])
    }
  }

  /** Calls that will not be answered. */
  forget(calls: readonly number[]): void {
    if (this.#layers.has(calls)) this.#store.transaction(() => this.#layers.settle(calls))
  }

  #commit(
    commits: number,
    items: readonly Item[],
    answered: readonly number[],
    first: () => void,
    moves: readonly Move[] = [],
  ): void {
    const errors: [number, unknown][] = []
    const after: (() => void)[] = []
    const receive = () => {
      first()
      for (const item of items) this.#item(item, errors, after)
      this.#layers.settle(answered)
      for (const [number, error] of errors) {
        const { clock } = this.#clockAt(number)
        this.#errors.set(clock, error)
      }
      for (const [clock, ...move] of moves) clock.follow(...move)
    }
    // Most frames are machines alone; those are not even looked into here.
    const received = this.#store.receive(receive, commits)
    must(received === undefined, 'the mirror is locked')
    for (const run of after) run()
  }

  #member(at: number): Member {
    const member = this.#members[at]
    must(member, 'it names no definition')
    return member
  }

  #clear(member: Member, kept: ReadonlySet<string>): void {
    const { live, holder } = member
    if (!holder.definition.many) return
    // Also those that are not shown now: an open proposal may have deleted them here.
    this.#layers.only(member, kept)
    for (const id of (live as { ids: readonly string[] }).ids) {
      if (kept.has(id)) continue
      if (!this.#layers.gone(member, id)) member.drop?.(id)
    }
  }

  #item(item: Item, errors: [number, unknown][], after: (() => void)[]): void {
    const [what, about, ...rest] = item
    if (what === '+') this.#birth(item as Birth)
    else if (what === '-') {
      const { member, id } = this.#entry(about as number)
      this.#table.delete(about as number)
      // What only moves stays the same row.
      if (rest[0] !== 'moved' && !this.#layers.gone(member, id)) member.drop?.(id)
    } else if (what === '!') {
      const [text] = rest
      errors.push([about as number, text === undefined ? undefined : errorOf(text)])
    } else if (what === 'x') {
      const { clock } = this.#clockAt(about as number)
      this.#ended.add(clock)
      after.push(() => clock.engine?.watch.fireAll())
    } else if (what === 'status') {
      const [text] = rest
      after.push(() => this.#told(about as string, text === undefined ? undefined : errorOf(text)))
    } else this.#fields(what as number, item.slice(1))
  }

  #birth([, at, id, ordinal, values]: Birth): void {
    const member = this.#member(at)
    const { holder } = member
    this.#table.set(this.#next++, { member, id, clock: undefined })
    const v = holder.definition.version
    if (isMachine(member)) {
      const [queueTick, machineTick, ...ticks] = values
      must(ticks.length === holder.names.length && ticks.every(isCount), 'it is no clock')
      const named = Object.fromEntries(holder.names.map((name, state) => [name, ticks[state]]))
      member.load(id, { v, d: { ticks: named, queueTick, machineTick }, o: ordinal }, 'peer')
      return
    }
    const names = holder.names.filter((name) => !holder.hidden.has(name))
    must(names.length === values.length, 'it has other fields')
    const row = Object.fromEntries(names.map((name, slot) => [name, values[slot]]))
    if (this.#layers.came(member, id, row, ordinal)) return
    const known = liveOf(member, id) as object | undefined
    // Of a row that is here already, only what differs: an equal value that travelled is another object.
    const d = known ? differing(member.holder.shown(known) as object, row) : row
    member.load(id, { v, d, o: ordinal }, 'peer')
  }

  #fields(number: number, parts: readonly unknown[]): void {
    const { member, id } = this.#entry(number)
    must(!isMachine(member), 'a machine has no fields')
    const { names, hidden } = member.holder
    const values: Record<string, unknown> = {}
    for (let at = 0; at < parts.length; at += 2) {
      const name = names[parts[at] as number]
      must(name !== undefined && !hidden.has(name), 'it names no field')
      values[name] = parts[at + 1]
    }
    if (!this.#layers.changed(member, id, values)) (liveOf(member, id) as Fields).set(values)
  }

  #entry(number: number): Entry {
    const entry = this.#table.get(number)
    must(entry, 'it names nothing that is here')
    return entry
  }

  #clockAt(number: number): { clock: Clock; states: number } {
    const entry = this.#entry(number)
    must(isMachine(entry.member), 'it is no machine')
    entry.clock ??= liveOf(entry.member, entry.id) as Clock
    return { clock: entry.clock, states: entry.clock.ticks.length }
  }

  #move(numbers: ByteReader): Move {
    const { clock, states } = this.#clockAt(numbers.next())
    const queueTick = numbers.next()
    const count = numbers.next()
    const restarted = count % 2 === 1
    const machineTick = restarted ? numbers.next() : clock.restarts
    const changes: number[] = []
    let before = -1
    for (let left = (count - (count % 2)) / 2; left > 0; left--) {
      const state = numbers.next()
      const tick = numbers.next()
      must(state > before && state < states, 'it names no state, or one twice')
      before = state
      // Ticks go up, save by an import. Anything else was not meant for this machine.
      must(restarted || tick > (clock.ticks[state] as number), 'a clock would go back')
      changes.push(state, tick)
    }
    return [clock, changes, queueTick, machineTick]
  }
}
