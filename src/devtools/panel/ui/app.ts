import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { MUTATION_TYPES } from '../../protocol/frames.ts'
import type { Peer, Reply, Sessions } from '../session/sessions.ts'
import type { MachineTrace } from '../trace/machine-trace.ts'
import { RowList } from '../trace/row-list.ts'
import { QUEUED, TX } from '../trace/rows.ts'
import type { RunTrace } from '../trace/run-trace.ts'
import { Trace } from '../trace/trace.ts'
import { formatPlace, type Place, parsePlace, type Scope, type View } from './address.ts'
import { type Filter, filterOf, logRows } from './filter.ts'

const REMOVE = MUTATION_TYPES.indexOf('remove')

/** One target: its runs, oldest first, and who of them answers. */
export interface TargetView {
  readonly id: string
  readonly label: string
  readonly kind: string
  readonly runs: readonly RunTrace[]
  readonly newest: RunTrace
  readonly peer: Peer | undefined
}

export type Questions = Pick<Sessions, 'ask' | 'record' | 'peers'>

/**
 * What the panel shows: a trace, and where one looks at it. The moment is a row, of any machine; every view shows what
 * was true after it. Without a moment it is the newest.
 */
export class App {
  readonly #trace = new Trace()
  /** Counts what came in, so that views know. */
  readonly version: Signal<number> = signal(0)
  /** Counts what is known of targets beside data: health, recording, sessions. */
  readonly pulse: Signal<number> = signal(0)
  readonly view: Signal<View> = signal<View>('log')
  readonly scope: Signal<Scope> = signal<Scope>('target')
  readonly targetId: Signal<string | undefined> = signal<string | undefined>(undefined)
  readonly machine: Signal<MachineTrace | undefined> = signal<MachineTrace | undefined>(undefined)
  readonly moment: Signal<number | undefined> = signal<number | undefined>(undefined)
  /** The second cursor: what Clocks compares with. */
  readonly mark: Signal<number | undefined> = signal<number | undefined>(undefined)
  readonly state: Signal<string | undefined> = signal<string | undefined>(undefined)
  readonly filterText: Signal<string> = signal('')
  readonly help: Signal<boolean> = signal(false)
  /** On narrow screens the detail covers the rest until it is closed. */
  readonly sheet: Signal<boolean> = signal(false)
  readonly notice: Signal<string> = signal('')
  /** Read from IndexedDB: until then nothing is known to be missing. */
  readonly loading: Signal<boolean> = signal(true)

  readonly filter: ReadonlySignal<Filter> = computed(() => filterOf(this.filterText.value))
  /** The rows of the log. Its content grows with `version`. */
  readonly list: ReadonlySignal<RowList> = computed(
    () =>
      new RowList(
        this.#trace,
        logRows(this.#trace, this.scope.value, this.targetId.value, this.machine.value, this.filter.value),
      ),
  )
  readonly targets: ReadonlySignal<readonly TargetView[]> = computed(() => {
    this.version.value
    this.pulse.value
    return this.#targets()
  })

  /** Counts what was gone to by hand, so that "back" finds it. */
  readonly jumps: Signal<number> = signal(0)

  sessions: Questions | undefined
  /**
   * Whoever reads it while rendering is drawn again when something came in. (Signals skip components whose props are
   * the same, and a machine is the same object whatever happens to it.)
   */
  get trace(): Trace {
    this.version.value
    return this.#trace
  }
  // Somebody chose what to look at.
  #chosen = false
  /** An address that points at what has not come yet. */
  #sought: Place | undefined

  /** After frames were taken in. */
  settle(): void {
    const changed = this.#trace.settle()
    batch(() => {
      this.list.peek().update(changed)
      this.version.value++
      if (this.#sought) this.open(this.#sought)
      this.#choose()
      this.#follow()
    })
  }

  /** The row that is shown: the moment, else the newest of the list. */
  shown(): number | undefined {
    this.version.value
    return this.moment.value ?? this.list.value.rows.at(-1)
  }
  /** Where a machine stands at the moment: its last event at or before it; -1 when it had none. */
  placeOf(machine: MachineTrace, moment: number | undefined = this.moment.value): number {
    this.version.value
    return moment === undefined ? machine.events.length - 1 : machine.eventAt(moment)
  }
  peerOf(run: RunTrace): Peer | undefined {
    this.pulse.value
    return this.sessions?.peers.get(run.id)
  }
  target(): TargetView | undefined {
    return this.targets.value.find((one) => one.id === this.targetId.value)
  }
  ask(machine: MachineTrace | RunTrace, question: Parameters<Sessions['ask']>[1]): Promise<Reply | undefined> {
    const run = 'run' in machine ? machine.run : machine
    return this.sessions?.ask(run.id, question) ?? Promise.resolve(undefined)
  }

  /** Goes to a row. `pin`: its machine becomes the one that is looked at. */
  select(row: number | undefined, { pin = this.view.peek() === 'log' }: { readonly pin?: boolean } = {}): void {
    batch(() => {
      this.moment.value = row
      const owner = row === undefined ? undefined : this.#trace.machineOf(row)
      if (pin && owner) this.show(owner)
    })
  }
  /** Looks at a machine, at the same moment. */
  show(machine: MachineTrace): void {
    batch(() => {
      this.#chosen = true
      this.machine.value = machine
      this.targetId.value = machine.run.target.id
    })
  }
  /** Looks at a run: at its machine of the same name, if it has one. */
  showRun(run: RunTrace): void {
    batch(() => {
      this.targetId.value = run.target.id
      this.#chosen = true
      const machine = run.byLabel.get(this.machine.peek()?.label ?? '') ?? firstOf(run)
      if (machine) this.machine.value = machine
    })
  }

  /** Moves through the list. */
  step(by: number): void {
    const { rows } = this.list.peek()
    if (!rows.length) return
    const moment = this.moment.peek()
    const at = moment === undefined ? rows.length - 1 : this.list.peek().placeOf(moment)
    this.select(rows[Math.max(0, Math.min(rows.length - 1, at + by))])
  }
  /** The next, or previous, row of the list that a test holds for. */
  seek(forward: boolean, test: (row: number) => boolean): boolean {
    const { rows } = this.list.peek()
    const moment = this.moment.peek()
    let at = moment === undefined ? rows.length : this.list.peek().placeOf(moment)
    // Standing between two rows, the one before is a step back.
    if (moment !== undefined && !forward && rows[at] !== moment) at++
    for (at += forward ? 1 : -1; at >= 0 && at < rows.length; at += forward ? 1 : -1) {
      if (!test(rows[at]!)) continue
      this.select(rows[at])
      return true
    }
    return false
  }
  /** The next, or previous, transition of the machine that moved a state. */
  seekChange(forward: boolean, state: number): boolean {
    const machine = this.machine.peek()
    if (!machine) return false
    const { rows } = this.#trace
    const moment = this.moment.peek()
    let at = moment === undefined ? machine.events.length : machine.eventAt(moment)
    if (moment !== undefined && !forward && machine.events[at] !== moment) at++
    for (at += forward ? 1 : -1; at >= 0 && at < machine.events.length; at += forward ? 1 : -1) {
      const row = machine.events[at]!
      const deltas = rows.lists.get(rows.deltas[row]!)
      if (!deltas.some((s, i) => i % 2 === 0 && s === state)) continue
      this.select(row)
      return true
    }
    return false
  }
  isTrouble(row: number): boolean {
    const { kind, flags, type, called, lists } = this.#trace.rows
    if (kind[row] === QUEUED) return true
    if (kind[row] !== TX) return false
    const exception = (this.#trace.machineOf(row)?.names.length ?? 0) - 1
    return !(flags[row]! & 1) || (type[row] !== REMOVE && lists.get(called[row]!).includes(exception))
  }

  /** Where one is, as an address. */
  place(): Place {
    const moment = this.moment.value
    const machine = this.machine.value
    const mark = this.mark.value
    const owner = moment === undefined ? undefined : this.#trace.machineOf(moment)
    const store = moment === undefined ? undefined : this.#trace.storeOf(moment)
    const run = (owner ?? store ?? machine)?.run
    const target = run?.target.id ?? this.targetId.value
    const place: { -readonly [K in keyof Place]: Place[K] } = { view: this.view.value, scope: this.scope.value }
    if (target !== undefined) place.target = target
    if (owner) {
      place.machine = owner.label
      place.seq = this.#seqOf(moment!)
      if (machine && machine !== owner) place.on = machine.label
    } else if (store) {
      place.store = store.name
      place.commit = this.#trace.rows.seq[moment!]!
      if (machine) place.on = machine.label
    } else if (machine) place.machine = machine.label
    if (run && this.#trace.runsOf(run.target.id).at(-1) !== run) place.run = run.id
    const marked = mark === undefined ? undefined : this.#trace.machineOf(mark)
    if (marked) place.mark = `${marked.label}/${this.#seqOf(mark!)}`
    if (this.state.value) place.state = this.state.value
    return place
  }
  hash(): string {
    return formatPlace(this.place())
  }

  /** Goes to a place. What has not come yet is gone to when it comes. */
  open(place: Place): void {
    batch(() => {
      if (place.view) this.view.value = place.view
      if (place.scope) this.scope.value = place.scope
      this.state.value = place.state
      if (place.target) {
        this.targetId.value = place.target
        this.#chosen = true
      }
      this.#sought = this.#open(place) ? undefined : place
    })
  }
  openHash(hash: string): void {
    this.open(parsePlace(hash))
  }
  isSeeking(): boolean {
    return this.#sought !== undefined
  }
  /** Goes to a row by hand: a click, a link. */
  jump(row: number): void {
    batch(() => {
      this.forget()
      this.jumps.value++
      this.select(row, { pin: true })
      this.sheet.value = true
    })
  }
  /** Is every target that answers recording? `undefined` when none answers. */
  recording(): boolean | undefined {
    this.pulse.value
    const live = [...(this.sessions?.peers.values() ?? [])].filter((peer) => peer.attached && peer.health !== 'gone')
    return live.length ? live.every((peer) => peer.recording) : undefined
  }
  togglePause(): void {
    const recording = this.recording()
    if (recording === undefined) this.notice.value = 'No target answers: there is nothing to pause.'
    else this.sessions?.record(!recording)
  }
  /** Closes what lies over the rest. */
  close(): boolean {
    const open = this.help.value || this.sheet.value || this.notice.value !== ''
    batch(() => {
      this.help.value = false
      this.sheet.value = false
      this.notice.value = ''
    })
    return open
  }
  /** Whoever acts by hand no longer waits for what an address had named. */
  forget(): void {
    this.#sought = undefined
  }

  #open({ target, run: runId, machine: label, seq, store: storeName, commit, on, mark }: Place): boolean {
    if (target === undefined) return true
    const runs = this.#trace.runsOf(target)
    const has = (run: RunTrace) =>
      label !== undefined ? run.byLabel.has(label) : storeName !== undefined ? !!run.storeNamed(storeName) : true
    const run = runId ? runs.find((one) => one.id === runId) : (runs.findLast(has) ?? runs.at(-1))
    if (!run) return false
    const machine = label === undefined ? undefined : run.byLabel.get(label)
    const looked = (on === undefined ? undefined : run.byLabel.get(on)) ?? machine
    if (looked) this.machine.value = looked
    const moment =
      machine && seq !== undefined
        ? machine.bySeq.get(seq)
        : commit !== undefined
          ? run.storeNamed(storeName ?? '')?.bySeq.get(commit)
          : undefined
    this.moment.value = moment
    const [, name, number] = /^(.*)\/(\d+)$/.exec(mark ?? '') ?? []
    this.mark.value = name === undefined ? undefined : run.byLabel.get(name)?.bySeq.get(Number(number))
    const isMomentFound = moment !== undefined || (seq === undefined && commit === undefined)
    return isMomentFound && (label === undefined || machine !== undefined)
  }

  #seqOf(row: number): number {
    const { kind, seq, until } = this.#trace.rows
    return kind[row] === QUEUED ? until[row]! : seq[row]!
  }

  #targets(): TargetView[] {
    const byId = new Map<string, RunTrace[]>()
    for (const run of this.#trace.runs.values()) {
      const list = byId.get(run.target.id)
      if (list) list.push(run)
      else byId.set(run.target.id, [run])
    }
    const targets = [...byId].map(([id, list]): TargetView => {
      const runs = list.toSorted((a, b) => a.origin - b.origin)
      const newest = runs.at(-1)!
      const { label, kind } = newest.target
      return { id, label, kind, runs, newest, peer: this.sessions?.peers.get(newest.id) }
    })
    return targets.sort((a, b) => rankOf(a) - rankOf(b) || a.newest.origin - b.newest.origin)
  }

  /**
   * Something to look at, while nobody chose: where machines live rather than where they are mirrored, for nothing
   * happens there; then a page rather than a worker; then whichever came first.
   */
  #choose(): void {
    if (this.#sought || this.#chosen) return
    const live = this.#targets().filter(({ peer }) => peer?.health === 'live')
    const homes = live.filter(({ newest }) => isHome(newest))
    const among = homes.length ? homes : live
    const target = among.find(({ kind }) => kind === 'page') ?? among[0]
    if (!target || this.machine.peek()?.run === target.newest) return
    this.targetId.value = target.id
    this.machine.value = firstOf(target.newest)
  }
  /** While the newest is shown, a page that was reloaded is followed. */
  #follow(): void {
    const machine = this.machine.peek()
    if (!machine || this.moment.peek() !== undefined) return
    const newest = this.#targets().find((one) => one.id === machine.run.target.id)?.newest
    const again = newest === machine.run ? undefined : newest?.byLabel.get(machine.label)
    if (again?.events.length) this.machine.value = again
  }
}

/** Who answers before who is gone, pages before the rest. */
const rankOf = ({ peer, kind }: TargetView) => (peer && peer.health !== 'gone' ? 0 : 2) + (kind === 'page' ? 0 : 1)

/** Has it machines of its own? */
export function isHome(run: RunTrace): boolean {
  for (const { info } of run.machines.values()) if (info && !info.mirror) return true
  return false
}

const firstOf = (run: RunTrace): MachineTrace | undefined => {
  for (const machine of run.machines.values()) if (machine.info) return machine
  return undefined
}
