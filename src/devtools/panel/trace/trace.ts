import type {
  ClockRow,
  Drop,
  HandlerRow,
  MachineInfo,
  ModelRow,
  QueueRow,
  SchemaFrame,
  StoreInfo,
  ToPanel,
  TxDetail,
  TxRow,
} from '../../protocol/frames.ts'
import type { Target } from '../../protocol/identity.ts'
import { type Schema, schemaOf } from '../relations/schema.ts'
import { type ClockDetail, firstFrom, type Known, MachineTrace } from './machine-trace.ts'
import { Order } from './order.ts'
import { CLOCK, COMMIT, GAP, type Kind, QUEUED, Rows, TX, VOID } from './rows.ts'
import { RunTrace } from './run-trace.ts'
import { type CommitDetail, StoreTrace } from './store-trace.ts'

/** What a transition's row has beside numbers. */
export type TxExtra = Pick<TxDetail, 'reason' | 'args'>
/** What a dropped mutation's row has beside numbers. */
export interface QueuedExtra extends Pick<TxDetail, 'args'> {
  readonly why: string
}
/** Why rows are missing: they were overwritten, not recorded, or nobody told. */
export type GapReason = 'ring' | 'pause' | 'unseen'
export interface GapDetail {
  reason: GapReason
  /** The drop it is of, so that one that hit many machines can be shown as one. Negative: nobody told of it. */
  drop: number
}

const NOTHING: readonly number[] = []

/**
 * Everything that was received: of all targets and runs, in columns. Frames may come twice, late, and with parts
 * missing: a row counts once, what is missing lies in a gap, and the order is that of causes and times.
 */
export class Trace {
  readonly rows = new Rows()
  readonly runs = new Map<string, RunTrace>()
  readonly machines: MachineTrace[] = []
  readonly stores: StoreTrace[] = []
  readonly order: Order
  /** Rows of the gaps of each drop. */
  readonly gaps = new Map<number, number[]>()
  readonly #schemas = new Map<string, Schema>()
  #drops = 0
  // Gaps that nobody told of and that show up together.
  #unseen = -1

  constructor() {
    this.order = new Order(
      this.rows,
      (row) => this.#before(row),
      (row) => this.#after(row),
    )
  }

  /** The run of a target, made when it is new. */
  run(target: Target, origin: number, step: number): RunTrace {
    let run = this.runs.get(target.run)
    if (!run) {
      run = new RunTrace(target, origin, step)
      this.runs.set(target.run, run)
    }
    // A tab that was duplicated takes another id; titles change.
    run.target = target
    return run
  }
  runsOf(target: string): RunTrace[] {
    return [...this.runs.values()].filter((run) => run.target.id === target)
  }

  /** Takes in one checked frame of a run. Answers whether it told anything new. `settle` puts rows in order. */
  ingest(run: RunTrace, frame: ToPanel): boolean {
    switch (frame.k) {
      case 'schema':
        return this.#schema(frame)
      case 'machine':
        return some(frame.list, (info) => this.#machineInfo(run, info))
      case 'store':
        return some(frame.list, (info) => this.#storeInfo(run, info))
      case 'gone':
        return some(frame.list, ([m, , time]) => this.#gone(run, m, time))
      case 'clock':
        return some(frame.list, (row) => this.#clock(run, row))
      case 'tx':
        return some(frame.rows, (row) => this.#tx(run, row))
      case 'handlers':
        return some(frame.rows, (row) => this.#handler(run, row))
      case 'queue':
        return some(frame.rows, (row) => this.#queued(run, row))
      case 'model':
        return some(frame.rows, (row) => this.#commit(run, row))
      case 'drop':
        return this.#drop(run, frame)
      default:
        return false
    }
  }

  /** Puts what came in its place. Answers from where on the order changed. */
  settle(): number {
    this.#unseen--
    return this.order.settle()
  }

  /** The machine a row belongs to. */
  machineOf(row: number): MachineTrace | undefined {
    return this.rows.kind[row] === COMMIT || this.isStoreGap(row) ? undefined : this.machines[this.rows.owner[row]!]
  }
  storeOf(row: number): StoreTrace | undefined {
    return this.rows.kind[row] === COMMIT || this.isStoreGap(row) ? this.stores[this.rows.owner[row]!] : undefined
  }
  isStoreGap(row: number): boolean {
    return this.rows.kind[row] === GAP && this.rows.type[row] === 1
  }

  #schema(frame: SchemaFrame): boolean {
    if (this.#schemas.has(frame.hash)) return false
    const states = frame.states.map((state) => ({
      name: state.name,
      auto: !!state.auto,
      multi: !!state.multi,
      require: state.require ?? [],
      add: state.add ?? [],
      remove: state.remove ?? [],
      after: state.after ?? [],
      args: !!state.args,
      timeout: state.timeout,
      description: state.description,
      tags: state.tags,
    }))
    this.#schemas.set(frame.hash, schemaOf(frame.hash, frame.name, states, frame.groups))
    for (const machine of this.machines) machine.schema ??= this.#schemas.get(machine.info?.hash ?? '')
    return true
  }

  #machine(run: RunTrace, m: number): MachineTrace {
    let machine = run.machines.get(m)
    if (!machine) {
      machine = new MachineTrace(this.machines.length, run, m, this.rows)
      this.machines.push(machine)
      run.machines.set(m, machine)
    }
    return machine
  }
  #machineInfo(run: RunTrace, info: MachineInfo): boolean {
    const machine = this.#machine(run, info.m)
    if (machine.info) return false
    machine.info = info
    machine.schema = this.#schemas.get(info.hash)
    run.byLabel.set(info.label, machine)
    return true
  }
  #store(run: RunTrace, s: number): StoreTrace {
    let store = run.stores.get(s)
    if (!store) {
      store = new StoreTrace(this.stores.length, run, s, this.rows)
      this.stores.push(store)
      run.stores.set(s, store)
    }
    return store
  }
  #storeInfo(run: RunTrace, info: StoreInfo): boolean {
    const store = this.#store(run, info.s)
    if (store.name === info.name && store.holds.length >= info.holds.length) return false
    store.name = info.name
    store.holds = info.holds
    return true
  }
  #gone(run: RunTrace, m: number, time: number): boolean {
    const machine = this.#machine(run, m)
    if (machine.gone !== undefined) return false
    machine.gone = run.epoch(time)
    return true
  }

  #tx(run: RunTrace, [m, seq, time, type, flags, called, deltas, detail]: TxRow): boolean {
    const machine = this.#machine(run, m)
    if (seq < 1 || machine.bySeq.has(seq)) return false
    const { rows } = this
    this.#makeRoom(machine, seq)
    const row = rows.add(TX, machine.index, seq, this.#time(run, time))
    rows.type[row] = type
    rows.flags[row] = flags
    rows.called[row] = rows.lists.add(called)
    rows.deltas[row] = rows.lists.add(deltas)
    if (!(flags & 1)) machine.refused++
    if (detail) this.#detail(run, row, detail)
    machine.bySeq.set(seq, row)
    this.#enter(machine, row)
    return true
  }
  #detail(run: RunTrace, row: number, { source, reason, args, targets, undone, us }: TxDetail): void {
    const { rows } = this
    if (targets) rows.targets[row] = rows.lists.add(targets)
    if (undone) rows.undone[row] = undone
    if (us !== undefined) rows.us[row] = us
    if (source) this.#source(run, row, source)
    if (reason || args !== undefined) rows.setDetail(row, { reason, args } satisfies { [K in keyof TxExtra]: unknown })
  }
  #source(run: RunTrace, row: number, [m, seq]: readonly [number, number]): void {
    const machine = this.#machine(run, m)
    this.rows.sourceOwner[row] = machine.index + 1
    this.rows.sourceSeq[row] = seq
    const known = machine.caused.get(seq)
    if (known) known.push(row)
    else machine.caused.set(seq, [row])
  }

  #queued(run: RunTrace, [m, n, after, time, type, called, why, detail]: QueueRow): boolean {
    const machine = this.#machine(run, m)
    if (machine.queued.has(n)) return false
    machine.queued.add(n)
    const { rows } = this
    const row = rows.add(QUEUED, machine.index, n, this.#time(run, time))
    rows.until[row] = after
    rows.type[row] = type
    rows.called[row] = rows.lists.add(called)
    if (detail?.source) this.#source(run, row, detail.source)
    rows.setDetail(row, { why, args: detail?.args })
    this.order.add(row)
    return true
  }

  #handler(run: RunTrace, [m, n, seq, time, state, handler, status, us, error]: HandlerRow): boolean {
    const machine = this.#machine(run, m)
    if (machine.handlersSeen.has(n)) return false
    machine.handlersSeen.add(n)
    const list = machine.handlers.get(seq) ?? []
    if (!list.length) machine.handlers.set(seq, list)
    list.push({ n, state, handler, status, us, time: this.#time(run, time), error })
    list.sort((a, b) => a.n - b.n)
    return true
  }

  #clock(run: RunTrace, [m, seq, ticks, why, queueTick, machineTick]: ClockRow): boolean {
    const machine = this.#machine(run, m)
    const { rows } = this
    const detail: ClockDetail = { ticks, why, queueTick, machineTick }
    const last = machine.lastSeq
    if (machine.events.length && seq <= last) {
      // A check at the end is kept though it says nothing new: it saves computing.
      const known = machine.knownAt(seq)
      const same = known.filter((one) => isSame(one.ticks, ticks))
      if (isTold(same, detail) && !(why === 'check' && seq === last && machine.endsInRow())) return false
      if (why === 'check' && known.length && !same.length) machine.mismatches++
      this.#splitGap(machine, seq)
    } else if (seq > last) this.#gap(machine, last + 1, seq, 'unseen', this.#unseen)
    const row = rows.add(CLOCK, machine.index, seq, run.latest)
    rows.setDetail(row, detail)
    this.#enter(machine, row)
    return true
  }

  #commit(run: RunTrace, [s, seq, time, origin, changes, more = 0]: ModelRow): boolean {
    const store = this.#store(run, s)
    if (seq < 1 || store.bySeq.has(seq)) return false
    this.#makeRoom(store, seq)
    const row = this.rows.add(COMMIT, store.index, seq, this.#time(run, time))
    this.rows.setDetail(row, { origin, changes, more } satisfies CommitDetail)
    store.bySeq.set(seq, row)
    store.learn(row, changes)
    this.#enter(store, row)
    return true
  }

  #drop(run: RunTrace, { list, stores, reason, others }: Drop): boolean {
    const drop = ++this.#drops
    let news = false
    const take = (owner: MachineTrace | StoreTrace, from: number, to: number) => {
      if (from >= 1 && to >= from && this.#lose(owner, from, to, reason, drop)) news = true
    }
    for (const [m, from, to] of list) take(this.#machine(run, m), from, to)
    for (const [s, from, to] of stores) take(this.#store(run, s), from, to)
    if (news) run.othersDropped += others
    return news
  }

  /** Marks what is not known of `from` to `to` as lost. Answers whether that is news. */
  #lose(owner: MachineTrace | StoreTrace, from: number, to: number, reason: GapReason, drop: number): boolean {
    let news = false
    for (let i = owner.events.length - 1; i >= 0 && owner.endOf(owner.events[i]!) >= from; i--) {
      const event = owner.events[i]!
      if (this.rows.kind[event] !== GAP || this.rows.seq[event]! > to) continue
      const detail = this.rows.detailOf<GapDetail>(event)!
      // Known to be missing; now somebody says why.
      if (detail.drop > 0) continue
      detail.reason = reason
      this.#group(event, detail, drop)
      news = true
    }
    const last = owner.lastSeq
    if (to <= last) return news
    if (from > last + 1) this.#gap(owner, last + 1, from - 1, 'unseen', this.#unseen)
    this.#gap(owner, Math.max(from, last + 1), to, reason, drop)
    return true
  }

  /** Before a row: a gap for what is missing before it, or the gap it lies in made smaller. */
  #makeRoom(owner: MachineTrace | StoreTrace, seq: number): void {
    const last = owner.lastSeq
    if (seq > last + 1) this.#gap(owner, last + 1, seq - 1, 'unseen', this.#unseen)
    if (seq <= last) this.#cutGap(owner, seq, seq + 1)
  }
  /** A clock in the middle of a gap: what is missing lies before it and behind it. */
  #splitGap(owner: MachineTrace, seq: number): void {
    this.#cutGap(owner, seq + 1, seq + 1)
  }
  /** Cuts `from` up to, but not, `to` out of the gap that holds it. */
  #cutGap(owner: MachineTrace | StoreTrace, from: number, to: number): void {
    const { rows } = this
    const gap = owner.events[firstFrom(owner.events, (event) => owner.endOf(event) >= from)]
    if (gap === undefined || rows.kind[gap] !== GAP || (from === to && rows.seq[gap]! >= from)) return
    const [first, end] = [rows.seq[gap]!, rows.until[gap]!]
    const { reason, drop } = rows.detailOf<GapDetail>(gap)!
    owner.remove(gap)
    this.order.distrust(gap)
    rows.kind[gap] = VOID
    if (first < from) this.#gap(owner, first, from - 1, reason, drop)
    if (end >= to) this.#gap(owner, to, end, reason, drop)
  }

  #gap(owner: MachineTrace | StoreTrace, from: number, to: number, reason: GapReason, drop: number): void {
    const row = this.rows.add(GAP, owner.index, from, owner.run.latest)
    this.rows.until[row] = to
    this.rows.type[row] = owner instanceof StoreTrace ? 1 : 0
    const detail: GapDetail = { reason, drop }
    this.rows.setDetail(row, detail)
    this.#group(row, detail, drop)
    this.#enter(owner, row)
  }
  #group(row: number, detail: GapDetail, drop: number): void {
    const old = this.gaps.get(detail.drop)
    if (old?.includes(row)) old.splice(old.indexOf(row), 1)
    detail.drop = drop
    const group = this.gaps.get(drop)
    if (group) group.push(row)
    else this.gaps.set(drop, [row])
  }

  #enter(owner: MachineTrace | StoreTrace, row: number): void {
    if (!owner.insert(row)) {
      const next = owner.events[owner.placeOf(row) + 1]
      if (next !== undefined) this.order.distrust(next)
      // It belongs where its neighbours are, however late it came.
      if (this.rows.kind[row] !== TX && this.rows.kind[row] !== COMMIT) this.rows.time[row] = 0
    }
    this.order.add(row)
  }

  #time(run: RunTrace, time: number): number {
    const epoch = run.epoch(time)
    if (epoch > run.latest) run.latest = epoch
    return epoch
  }

  #before(row: number): readonly number[] {
    const { rows } = this
    const kind = rows.kind[row]! as Kind
    if (kind === VOID) return NOTHING
    const before: number[] = []
    const owner = this.storeOf(row) ?? this.machines[rows.owner[row]!]!
    if (kind === QUEUED) {
      const last = (owner as MachineTrace).bySeq.get(rows.until[row]!)
      if (last !== undefined) before.push(last)
    } else {
      const previous = owner.events.at(-1) === row ? owner.events.at(-2) : owner.events[owner.placeOf(row) - 1]
      if (previous !== undefined) before.push(previous)
    }
    const source = rows.sourceOwner[row]!
    const cause = source ? this.machines[source - 1]!.bySeq.get(rows.sourceSeq[row]!) : undefined
    if (cause !== undefined) before.push(cause)
    return before
  }
  #after(row: number): readonly number[] {
    if (this.rows.kind[row] !== TX) return NOTHING
    return this.machines[this.rows.owner[row]!]!.caused.get(this.rows.seq[row]!) ?? NOTHING
  }
}

/** Every one is taken, whatever the others say. */
function some<T>(list: readonly T[], take: (one: T) => boolean): boolean {
  let news = false
  for (const one of list) if (take(one)) news = true
  return news
}

/** Does a clock say nothing new, given those known to have stood there with its ticks? */
function isTold(same: readonly Known[], { why, queueTick, machineTick }: ClockDetail): boolean {
  // A clock that was set to what it was has still counted a restart.
  if (why === 'set') return same.some((one) => one.queueTick === queueTick && one.machineTick === machineTick)
  return same.length > 0
}
const isSame = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((t, i) => t === b[i])
