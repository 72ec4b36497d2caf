import { batch, untracked } from '@preact/signals-core'
import { tracked } from '../ports/tracked.ts'
import type { Unit } from '../ports/unit.ts'
import type { DropReason, MachineTracer } from '../trace.ts'
import { Alarms } from './alarms.ts'
import { checkArgs } from './args.ts'
import type { Edge } from './automaton.ts'
import { Caller } from './caller.ts'
import { errors } from './errors.ts'
import { type Binding, HandlerTable } from './handlers.ts'
import type { Core } from './machine.ts'
import { ABORTED, DISPOSED, EXECUTED, FAILED, FULL, Outcome } from './outcome.ts'
import { finish, negotiate, putBack } from './phases.ts'
import { LoopGuard, MutationQueue } from './queue.ts'
import type { MutationType } from './resolve.ts'
import { checkClock, readClock, type StoredClock } from './restore.ts'
import { running } from './running.ts'
import { Tracers } from './tracers.ts'
import { Mutation, Transition } from './transition.ts'
import type { ExceptionArgs, Pending } from './types.ts'
import { Waits } from './waiting.ts'
import { Watch } from './watch.ts'

const NONE: readonly never[] = []

/**
 * Everything of a machine but its clock: the queue, the transitions, and whoever handles, listens, watches, waits or
 * traces. Made when the first of those comes.
 */
export class Engine {
  readonly #core: Core
  readonly #queue = new MutationQueue()
  readonly watch: Watch
  #busy = false
  disposed = false
  error: unknown
  #handlers: HandlerTable | undefined
  readonly #tracers: Tracers
  readonly #caller: Caller
  readonly #alarms: Alarms | undefined
  #listeners: readonly (() => void)[] = NONE
  #waits: Waits | undefined
  /** States that changed since waits were last looked at. */
  #changed: number[] = []
  readonly #guard = new LoopGuard()
  #guarding = false
  /** The newest transition that was recorded, as long as the clock stands where it left it. */
  #last: Transition | undefined
  /** What turns the count of mutations into the next transition's id: an import sets the count, ids go on. */
  #offset = -1
  /** Transitions are recorded, for handlers and tracers. */
  #recording = false
  /** Nothing is recorded, and there is no end. */
  #light = true

  constructor(core: Core) {
    this.#core = core
    this.watch = new Watch(core)
    this.#tracers = new Tracers(core)
    this.#caller = new Caller(core, this.#tracers, (...error) => this.#except(...error))
    this.#alarms = core.compiled.timed
      ? new Alarms(core, (type, states, s) => {
          try {
            this.submit(type, core.numbers(states), undefined)
          } catch (error) {
            this.#tracers.report(error, { phase: 'timeout', state: core.compiled.names[s]! })
          }
        })
      : undefined
    this.#weigh()
  }

  /** Nothing runs, and nobody handles or traces: a mutation is a step. In a store, if nothing runs there either. */
  get free(): boolean {
    if (!this.#light || this.#busy) return false
    const { unit } = this.#core.options
    return !unit || (unit.idle === true && !this.#attended)
  }
  /** Somebody else than listeners is to be told of a step. */
  get #attended(): boolean {
    return !!(this.#waits || this.#alarms || this.#last || this.watch.live)
  }
  get occupied(): boolean {
    return this.#busy || this.#queue.size > 0
  }
  get waiting(): Waits {
    this.#waits ??= new Waits(this.#core)
    return this.#waits
  }

  // --- Who looks on

  handle(handlers: Readonly<Record<string, object>>): () => void {
    this.#handlers ??= new HandlerTable(this.#core.compiled)
    const unbind = this.#handlers.bind(handlers)
    this.#weigh()
    return () => {
      unbind()
      this.#weigh()
    }
  }
  listen(listener: () => void): () => void {
    // A function may listen twice, and each ends on its own.
    const own = () => listener()
    if (!this.disposed) this.#listeners = [...this.#listeners, own]
    return () => {
      const rest = this.#listeners.filter((l) => l !== own)
      this.#listeners = rest.length ? rest : NONE
    }
  }
  trace(tracer: MachineTracer): () => void {
    if (!this.disposed) this.#tracers.add(tracer)
    this.#weigh()
    return () => {
      this.#tracers.remove(tracer)
      this.#weigh()
    }
  }
  #weigh(): void {
    this.#recording = this.#tracers.recording || !!this.#handlers?.size
    this.#light = !this.#recording && !this.disposed
  }
  pending(): Pending {
    return { handlers: this.#caller.pending(), waits: this.#waits?.pending() ?? [] }
  }

  // --- Mutations

  /** Queues a mutation, and drains the queue when nothing runs. */
  submit(type: MutationType, called: readonly number[], args: unknown, edge?: Edge, unchecked = false): Outcome {
    const core = this.#core
    const { compiled } = core
    const active = (s: number) => core.ticks[s]! & 1
    const make = (outputs?: ReadonlyMap<number, unknown>) =>
      new Mutation(core, type, called, outputs?.size === 1 ? [...outputs.values()][0] : args, running, outputs)
    const drop = (why: DropReason, answer: Outcome) => {
      if (this.#tracers.size) this.#tracers.emit('mutationDropped', make(), why)
      return answer
    }
    if (this.disposed) return DISPOSED
    let outputs: ReadonlyMap<number, unknown> | undefined
    try {
      if (!unchecked && (type !== 'remove' || args !== undefined)) outputs = checkArgs(compiled, called, args)
    } catch (error) {
      drop('args', FAILED)
      throw error
    }
    const queue = this.#queue
    if (type === 'remove' && this.#busy && !queue.size && !called.some(active)) return drop('nothing-to-do', EXECUTED)
    if (args === undefined && !called.some((s) => compiled.multi[s]) && queue.holds(type, called)) {
      return drop('duplicate', EXECUTED)
    }
    const { exception } = compiled
    if (queue.size >= (core.options.queueLimit ?? 1000) && (!called.includes(exception) || queue.calls(exception))) {
      return drop('queue-full', FULL)
    }
    const mutation = make(outputs)
    mutation.given = args
    mutation.edge = edge
    queue.push(mutation)
    return this.#start(mutation)
  }

  #start(mutation: Mutation): Outcome {
    const { options } = this.#core
    if (this.#tracers.size) this.#tracers.emit('mutationQueued', mutation)
    if (options.unit) {
      options.unit.run(
        () => this.#drain(mutation),
        () => this.#abort(mutation),
      )
    } else if (!this.#busy) this.#drain()
    if (!mutation.result) mutation.waiting ??= new Outcome('queued', undefined, this.#core.processed + this.#queue.size)
    return mutation.result ?? mutation.waiting!
  }

  /** A mutation that nobody needs to be asked about or told of but listeners, watchers and waits. */
  glide(edge: Edge): Outcome {
    const { unit } = this.#core.options
    if (unit) {
      // Listeners hear of a step that changes nothing, too: in the store's own time.
      const still = edge.deltas.length === 0 && this.#listeners !== NONE
      return still ? this.submit(edge.type, edge.called, undefined, edge) : this.#stride(edge, unit)
    }
    // What listeners and handlers read is not what the caller's effect looked at.
    return tracked() ? untracked(() => this.#glide(edge)) : this.#glide(edge)
  }
  #glide(edge: Edge): Outcome {
    this.#busy = true
    // Nothing in here throws: whoever looks on is called in a try of its own.
    const result = this.#attended ? this.#cycle(edge) : this.#skip(edge)
    this.#busy = false
    if (this.#queue.size) this.#drain()
    else this.#waits?.idle()
    return result
  }

  /** Works through the queue; in a store only until `last` is done, so that its machines take turns as called. */
  #drain(last?: Mutation): void {
    if (tracked()) untracked(() => this.#work(last))
    else this.#work(last)
  }
  #work(last?: Mutation): void {
    const queue = this.#queue
    this.#busy = true
    try {
      do {
        while (queue.size && (!last?.result || queue.urgent)) this.#process(queue.shift()!)
        if (!queue.size && !this.disposed) this.#tracers.emit('queueEnd', this.#core)
      } while (queue.size && !last)
    } finally {
      this.#busy = false
      if (!this.#core.options.unit) this.#guard.reset()
    }
    if (!queue.size) this.#waits?.idle()
  }

  #process(mutation: Mutation): void {
    const core = this.#core
    if (this.#exceeded(mutation)) return
    if (this.#send(mutation)) return
    let { edge } = mutation
    if (edge?.from !== core.at) edge = core.compiled.automaton.edge(core.at, mutation.type, mutation.states)
    this.#end(mutation, this.#cycle(edge, mutation))
  }
  /** Sends a mutation to where the machine is changed, when that is not here. */
  #send(mutation: Mutation): boolean {
    const core = this.#core
    const { unit } = core.options
    if (!unit?.following) return false
    const { type, called, given: args } = mutation
    mutation.waiting ??= new Outcome('queued', undefined, core.processed + this.#queue.size)
    mutation.waiting.follow(unit.forward!(core, { type, called, args }))
    return true
  }
  #end(mutation: Mutation, result: Outcome): void {
    mutation.result = result
    mutation.waiting?.finish(result)
  }
  #drop(mutation: Mutation, why: DropReason, result: Outcome): void {
    this.#end(mutation, result)
    this.#tracers.emit('mutationDropped', mutation, why)
  }
  #abort(mutation: Mutation): void {
    if (!this.#queue.take(mutation)) return
    this.#drop(mutation, 'aborted', ABORTED)
    if (!this.occupied) this.#waits?.idle()
  }

  #exceeded(mutation: Mutation): boolean {
    const { unit } = this.#core.options
    const guard = this.#guard
    if (unit && !this.#guarding) {
      this.#guarding = true
      // In a store the machines may keep each other going: the whole commit counts.
      unit.later(() => {
        this.#guarding = false
        guard.reset()
      })
    }
    if (!guard.exceeded(mutation)) return false
    const again = guard.struck
    const error = errors.MACHINE_LOOP({ machine: this.#core.definition.name, mutations: guard.strike() })
    for (const m of [mutation, ...this.#queue.clear()]) this.#drop(m, 'aborted', FAILED)
    this.#tracers.report(error, { phase: 'loop' })
    if (!again) this.#except({ error, phase: 'loop' })
    return true
  }

  /** In a store: the step, and the auto step it stirs, are a commit of their own. Nobody's code runs before its end. */
  #stride(edge: Edge, unit: Unit): Outcome {
    const core = this.#core
    const { exception } = core.compiled
    const before = core.ticks[exception]
    const result = core.leap(edge)
    if (core.ticks[exception] !== before) this.error = undefined
    if (edge.deltas.length > 0) unit.stepped!(core, this.#listeners === NONE ? undefined : this.#tellers)
    else unit.aside?.(core)
    return result
  }

  /** `#cycle`, when there is nobody but listeners. */
  #skip(edge: Edge): Outcome {
    this.#core.step(edge, false, running)
    if (edge.refusal) return edge.refusal
    if (edge.errs) this.error = undefined
    if (this.#listeners !== NONE) this.#tellAll()
    if (edge.stirs) this.#auto()
    if (this.#changed.length) this.#settle()
    return EXECUTED
  }

  /** A transition, the auto mutation it stirs, and the waits both fulfil. */
  #cycle(edge: Edge, mutation?: Mutation): Outcome {
    const result = this.#transition(edge, mutation)
    if (result === EXECUTED && edge.stirs) this.#auto()
    if (this.#changed.length) this.#settle()
    return result
  }
  #settle(): void {
    const changed = this.#changed
    this.#changed = []
    this.#waits?.changed(changed)
  }
  #auto(): void {
    const core = this.#core
    const edge = this.disposed ? null : core.compiled.automaton.auto(core.at)
    if (edge) this.#transition(edge, undefined, true)
  }

  #transition(first: Edge, given?: Mutation, auto = false): Outcome {
    const core = this.#core
    let edge = first
    let mutation = given
    let record: Transition | undefined
    if (this.#recording) {
      if (!mutation) {
        mutation = new Mutation(core, edge.type, edge.called, undefined, undefined, undefined, auto)
        if (this.#tracers.size) this.#tracers.emit('mutationQueued', mutation)
      }
      record = new Transition(core, mutation, edge, core.processed + 1 + this.#offset)
    }
    core.begin(edge, auto, record ?? mutation, running)
    if (record) {
      this.#last?.link(record)
      this.#last = record
      this.#tracers.emit('transitionStart', record)
    } else this.#settleLast()
    let result = edge.refusal
    if (record && !result) {
      result = this.#negotiate(record)
      edge = record.edge
    }
    if (!result) return this.#accept(edge, mutation, record)
    core.options.unit?.aside?.(core)
    this.#close(record, result)
    return result
  }
  // The clock is about to move unrecorded: what was recorded last must not count on it.
  #settleLast(): void {
    this.#last?.link()
    this.#last = undefined
  }
  #close(record: Transition | undefined, result: Outcome): void {
    if (!record) return
    record.accepted = result === EXECUTED
    record.reason = result.reason
    this.#tracers.emit('transitionEnd', record)
  }

  #negotiate(record: Transition): Outcome | undefined {
    const { compiled } = this.#core
    const { names, automaton } = compiled
    const asked = record.auto ? new Set<Binding>() : undefined
    const banned = new Set<number>()
    const call = (binding: Binding) => {
      const answer = this.#caller.call(record, binding)
      return this.disposed ? false : answer
    }
    for (;;) {
      const { edge } = record
      if (this.disposed) return DISPOSED
      if (!this.#handlers?.size) return
      const no = negotiate(edge, this.#handlers, names.length, call, asked)
      if (this.disposed) return DISPOSED
      if (!no) return
      if (no.threw) return FAILED
      const { toward, binding } = no
      if (record.auto && toward !== undefined && edge.called.includes(toward)) {
        banned.add(toward)
        const rest = edge.called.filter((s) => s !== toward)
        const less = automaton.autoWithout(edge.from, rest, banned)
        if (less) {
          record.edge = less
          continue
        }
      }
      const { state, handler } = binding
      return new Outcome('canceled', { kind: 'handler', state: names[state] ?? 'any', handler })
    }
  }

  #accept(edge: Edge, mutation: Mutation | undefined, record: Transition | undefined): Outcome {
    const result = record ? this.#batch(edge, mutation, record) : this.#change(edge, mutation)
    if (this.#listeners !== NONE) this.#tell()
    return result
  }
  // Handlers may read and make signals: their watchers run when all is done.
  #batch(edge: Edge, mutation: Mutation | undefined, record: Transition): Outcome {
    let result = EXECUTED
    try {
      batch(() => {
        result = this.#change(edge, mutation, record)
      })
    } catch (error) {
      this.#tracers.report(error, { phase: 'effect' })
    }
    return result
  }

  #change(edge: Edge, mutation: Mutation | undefined, record?: Transition): Outcome {
    const core = this.#core
    record?.apply()
    core.at = edge.to
    if (edge.errs) this.error = (mutation?.args as ExceptionArgs | undefined)?.error
    this.#move(edge.deltas)
    const result = record && this.#handlers?.size ? this.#finish(record, this.#handlers) : EXECUTED
    this.#alarms?.wind(edge.enters)
    if (result === EXECUTED && mutation?.args !== undefined) this.#waits?.called(edge.called, mutation)
    this.#close(record, result)
    return result
  }
  #finish(record: Transition, handlers: HandlerTable): Outcome {
    const core = this.#core
    const { compiled } = core
    const { edge } = record
    const call = (binding: Binding) => !this.disposed && this.#caller.call(record, binding, true)
    const done = finish(edge, handlers, compiled.names.length, call)
    if (done < 0) return EXECUTED
    const { undone, active } = putBack(edge, compiled, core.at.active, done)
    record.undone = undone
    core.at = compiled.automaton.set(active)
    this.#move(undone.flatMap((s) => [s, 1]))
    return FAILED
  }

  #move(deltas: readonly number[]): void {
    const { watch } = this
    this.#core.shift(deltas)
    if (watch.cells || watch.whole) {
      try {
        watch.write(deltas)
      } catch (error) {
        this.#tracers.report(error, { phase: 'effect' })
      }
    }
    watch.fire(deltas)
    if (!deltas.length) {
      this.#core.options.unit?.aside?.(this.#core)
      return
    }
    if (this.#waits || this.#alarms) {
      for (let i = 0; i < deltas.length; i += 2) {
        if (this.#waits) this.#changed.push(deltas[i]!)
        this.#alarms?.stop(deltas[i]!)
      }
    }
    this.#core.options.unit?.changed?.(this.#core)
  }
  #tell(): void {
    const { unit } = this.#core.options
    if (unit) unit.later(this.#tellAll)
    else this.#tellAll()
  }
  readonly #tellAll = () => {
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        this.#tracers.report(error, { phase: 'listener' })
      }
    }
  }
  // A list, as the store calls them.
  readonly #tellers = [this.#tellAll]

  #except(args: ExceptionArgs, source?: Transition, extra?: number): void {
    const core = this.#core
    const { exception } = core.compiled
    if (this.disposed) return
    const states = extra === undefined ? [exception] : [extra, exception]
    const mutation = new Mutation(core, 'add', states, args, source)
    if (this.#queue.size >= (core.options.queueLimit ?? 1000) && this.#queue.calls(exception)) {
      this.#drop(mutation, 'queue-full', FULL)
      return
    }
    this.#queue.prepend(mutation)
    // While the queue is worked through it comes next.
    if (this.#busy) this.#tracers.emit('mutationQueued', mutation)
    else this.#start(mutation)
  }

  // --- Questions, import, end

  /** A dry run. */
  check(type: 'add' | 'remove' | 'set', called: readonly number[], args: unknown): Outcome {
    const core = this.#core
    const { compiled } = core
    const outputs = type === 'remove' && args === undefined ? undefined : checkArgs(compiled, called, args)
    const edge = compiled.automaton.edge(core.at, type, called)
    if (edge.refusal || !this.#handlers?.size) return edge.refusal ?? EXECUTED
    const given = outputs?.size === 1 ? [...outputs.values()][0] : args
    const mutation = new Mutation(core, type, called, given, running, outputs, false, true)
    return untracked(() => this.#negotiate(new Transition(core, mutation, edge, 0))) ?? EXECUTED
  }

  import(data: StoredClock, dropUnknown: boolean): void {
    const core = this.#core
    const { compiled } = core
    checkClock(compiled, data, dropUnknown)
    const { unit } = core.options
    let open = !this.#busy
    const work = () => {
      if (!open) return
      this.#load(data)
      this.#resume(false)
    }
    if (!unit) {
      if (open) work()
    } else open = open && unit.run(work, () => {})
    if (!open) throw errors.MACHINE_BUSY({ machine: compiled.machine })
  }

  restore(data: StoredClock): string[] {
    this.#load(data)
    this.#resume(true)
    return Object.keys(data.ticks).filter((name) => !this.#core.compiled.index.has(name))
  }

  #load(data: StoredClock): void {
    const core = this.#core
    const { compiled } = core
    this.#settleLast()
    const old = core.ticks
    const { ticks, active } = readClock(compiled, data)
    const { processed, restarts } = core
    this.#offset += processed - data.queueTick
    core.ticks = ticks
    core.at = compiled.automaton.set(active)
    core.processed = data.queueTick
    core.restarts = data.machineTick + 1
    const steps = ticks.flatMap((tick, s) => (tick === old[s] ? [] : [s, tick - old[s]!]))
    core.moved(steps, processed, restarts)
    this.#move(ticks.flatMap((tick, s) => (tick === old[s] ? [] : [s, 0])))
    this.#alarms?.wind(active)
    if (this.#listeners !== NONE) this.#tell()
  }
  /**
   * Becomes what the machine is elsewhere, where it is changed: no relation is asked, no handler called, no auto state
   * tried. Call it inside a commit.
   *
   * @param changes State, its tick, state, its tick, …
   */
  follow(changes: readonly number[], queueTick: number, machineTick: number): void {
    const core = this.#core
    const deltas: number[] = []
    for (let i = 0; i < changes.length; i += 2) {
      const step = changes[i + 1]! - core.ticks[changes[i]!]!
      if (step) deltas.push(changes[i]!, step)
    }
    const news = deltas.length > 0 || core.restarts !== machineTick
    this.#settleLast()
    const { processed, restarts } = core
    this.#offset += processed - queueTick
    core.processed = queueTick
    core.restarts = machineTick
    const flips: number[] = []
    for (let i = 0; i < deltas.length; i += 2) if (deltas[i + 1]! & 1) flips.push(deltas[i]!)
    if (flips.length) core.at = core.compiled.automaton.flipped(core.at, flips)
    this.#move(deltas)
    // Another holder of the state may write a clock (a snapshot, a machine added there) that is changed here from now on.
    if (!core.options.unit?.following) this.#alarms?.wind(deltas.filter((_, at) => at % 2 === 0))
    core.moved(deltas, processed, restarts)
    if (news && this.#listeners !== NONE) this.#tell()
    if (this.#changed.length) this.#settle()
  }
  /** Timeouts run where the machine is changed, and only there. */
  own(here: boolean): void {
    if (here) this.#alarms?.wind(this.#core.at.active)
    else this.#alarms?.dispose()
  }

  /** Adds `MachineRestored` where it is defined; `auto`: sees to it that the auto states are tried. */
  #resume(auto: boolean): void {
    const core = this.#core
    const state = core.compiled.index.get('MachineRestored')
    const before = core.processed
    this.#busy = true
    try {
      untracked(() => {
        if (state !== undefined) this.#process(new Mutation(core, 'add', [state]))
        if (auto && core.processed < before + 2) this.#auto()
        this.#settle()
      })
    } finally {
      this.#busy = false
    }
    if (this.#queue.size && !core.options.unit) this.#drain()
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    for (const mutation of this.#queue.clear()) this.#drop(mutation, 'disposed', DISPOSED)
    this.#alarms?.dispose()
    this.#caller.dispose()
    this.watch.fireAll()
    this.#waits?.dispose()
    this.#tracers.emit('disposed', this.#core)
    this.#settleLast()
    this.#tracers.clear()
    this.#handlers = undefined
    this.#listeners = NONE
    this.#weigh()
    this.#core.options.unit?.aside?.(this.#core)
  }
}
