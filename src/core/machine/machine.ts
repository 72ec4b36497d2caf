import { randomId } from '../ports/ids.ts'
import { systemTimers, type Timers } from '../ports/timers.ts'
import { tracked } from '../ports/tracked.ts'
import type { Agent, MachineTracer } from '../trace.ts'
import { type ActiveSet, BETWEEN, type Compiled, type Edge, type Request } from './automaton.ts'
import { compile, many } from './compile.ts'
import { Engine } from './engine.ts'
import { errors } from './errors.ts'
import { CHECK, DISPOSED, EXECUTED, type Outcome } from './outcome.ts'
import type { MutationType } from './resolve.ts'
import { running } from './running.ts'
import type { Mutation, Transition } from './transition.ts'
import type {
  AnyDefinition,
  AnyMachine,
  Machine,
  MachineDefinition,
  MachineExport,
  MachineOptions,
  Pending,
  WaitOptions,
} from './types.ts'
import { byName, type Condition } from './waiting.ts'

type Names = string | readonly string[]
const NO_OPTIONS: MachineOptions = /* @__PURE__ */ Object.freeze({})

/**
 * A machine as it is: `Machine` types it.
 *
 * An idle one is these few fields. Whatever handles, listens, watches, waits or traces lives in the engine, made when
 * first needed. A bare mutation of a machine without one is a lookup and some additions, right here.
 */
export class Core implements AnyMachine {
  /** @internal */
  declare readonly compiled: Compiled
  /** @internal */
  declare at: ActiveSet
  /** @internal By state; shared with all machines of the definition until the first change. */
  declare ticks: number[]
  /** @internal The mutations processed, and one. */
  declare processed: number
  /** @internal */
  declare restarts: number
  /** @internal */
  declare engine: Engine | undefined
  declare readonly options: MachineOptions
  #id: string | undefined

  constructor(definition: AnyDefinition, options: MachineOptions) {
    const compiled = compile(definition)
    this.compiled = compiled
    this.at = compiled.automaton.root
    this.ticks = compiled.zeros as number[]
    this.processed = 1
    this.restarts = 0
    this.options = options
    this.#id = options.id
    this.engine = compiled.timed || options.unit || options.tracers ? new Engine(this) : undefined
  }

  get definition() {
    return this.compiled.definition as MachineDefinition
  }
  // Made when asked for: most machines are never asked.
  get id(): string {
    this.#id ??= randomId()
    return this.#id
  }
  get parent(): AnyMachine | undefined {
    return this.options.parent
  }
  get tags(): readonly string[] {
    return this.options.tags ?? []
  }
  /** @internal */
  get timers(): Timers {
    return this.options.timers ?? systemTimers
  }

  is(states: Names): boolean {
    return typeof states === 'string' ? this.tick(states) % 2 === 1 : states.every((s) => this.is(s))
  }
  not(states: Names): boolean {
    return many(states).every((s) => !this.is(s))
  }
  any(states: Names): boolean {
    return many(states).some((s) => this.is(s))
  }
  tick(state: string): number {
    const i = this.compiled.index.get(state)
    if (i === undefined) throw this.#unknown([state])
    const cell = this.engine?.watch.cells?.[i]
    if (cell) return cell.value
    return tracked() ? this.#engine.watch.cell(i).value : this.ticks[i]!
  }
  time(): readonly number[] {
    this.#watchAll()
    return this.ticks.slice()
  }
  clock(): Record<string, number> {
    this.#watchAll()
    return byName(this)
  }
  timeSum(): number {
    this.#watchAll()
    return this.ticks.reduce((sum, tick) => sum + tick, 0)
  }
  active(): readonly string[] {
    this.#watchAll()
    return this.at.names(this.compiled)
  }
  queueTick(): number {
    return this.processed
  }
  machineTick(): number {
    return this.restarts
  }
  isError(): boolean {
    return this.is('Exception')
  }
  error(): unknown {
    return this.isError() ? this.engine?.error : undefined
  }
  switch(group: string): string | undefined {
    return this.definition.groups[group]?.find((state) => this.is(state))
  }

  add(states: Names, args?: unknown): Outcome {
    return this.#request(this.at.edges.add, 'add', states, args)
  }
  remove(states: Names, args?: unknown): Outcome {
    return this.#request(this.at.edges.remove, 'remove', states, args)
  }
  set(states: Names, args?: unknown): Outcome {
    return this.#request(this.at.edges.set, 'set', states, args)
  }
  toggle(states: Names, args?: unknown): Outcome {
    return this.#request(this.at.edges.toggle, 'toggle', states, args)
  }
  addError(error: unknown, { state, args }: { state?: string; args?: object } = {}): Outcome {
    const called = this.numbers([...many(state), 'Exception'])
    return running?.isCheck ? CHECK : this.#engine.submit('add', called, { ...args, error }, undefined, !args)
  }
  canAdd(states: Names, args?: unknown): Outcome {
    return this.#check('add', states, args)
  }
  canRemove(states: Names, args?: unknown): Outcome {
    return this.#check('remove', states, args)
  }
  canSet(states: Names, args?: unknown): Outcome {
    return this.#check('set', states, args)
  }

  handle(handlers: object): () => void {
    return this.#engine.handle(handlers as Record<string, object>)
  }
  listen(listener: () => void): () => void {
    return this.#engine.listen(listener)
  }
  trace(tracer: MachineTracer): () => void {
    return this.#engine.trace(tracer)
  }

  signal(state: string): AbortSignal {
    const [i] = this.numbers(state) as [number]
    return this.signalAt(i, this.ticks[i]!)
  }
  /** @internal The signal of a state as of `tick`. */
  signalAt(state: number, tick: number): AbortSignal {
    return this.#engine.watch.abort(state, tick)
  }

  when(states: Names, options?: WaitOptions): Promise<void> {
    return this.#wait('when', states, (list) => list.every((s) => this.ticks[s]! & 1), options)
  }
  whenNot(states: Names, options?: WaitOptions): Promise<void> {
    return this.#wait('whenNot', states, (list) => !list.some((s) => this.ticks[s]! & 1), options)
  }
  whenTime(states: Names, ticks: number | readonly number[], options?: WaitOptions): Promise<void> {
    const least = many(ticks)
    return this.#wait('whenTime', states, (list) => list.every((s, i) => this.ticks[s]! >= (least[i] ?? 0)), options)
  }
  whenTicks(state: string, n: number, options?: WaitOptions): Promise<void> {
    const due = this.ticks[this.numbers(state)[0]!]! + n
    return this.#wait('whenTicks', state, ([s]) => this.ticks[s!]! >= due, options)
  }
  whenNext(state: string, options?: WaitOptions): Promise<void> {
    const tick = this.ticks[this.numbers(state)[0]!]!
    const due = tick + 1 + (tick & 1)
    return this.#wait('whenNext', state, ([s]) => this.ticks[s!]! >= due, options)
  }
  whenArgs(state: string, partial: object, options?: WaitOptions): Promise<unknown> {
    const wanted = Object.entries(partial)
    let found: unknown
    const test = (args?: object) => {
      found = args
      return !!args && wanted.every(([key, value]) => Object.is((args as Record<string, unknown>)[key], value))
    }
    const states = this.numbers(state)
    return this.#open({ label: `whenArgs(${state})`, states, test, value: () => found, on: 'call' }, options)
  }
  whenQuery(query: (clock: Record<string, number>) => boolean, options?: WaitOptions): Promise<void> {
    const waits = this.#engine.waiting
    const test = () => query(waits.view())
    return this.#open({ label: 'whenQuery', states: [], test, value: () => undefined, on: 'change' }, options)
  }
  whenIdle(options?: WaitOptions): Promise<void> {
    const test = () => !this.engine?.occupied
    return this.#open({ label: 'whenIdle', states: [], test, value: () => undefined, on: 'idle' }, options)
  }
  whenError(options?: WaitOptions): Promise<unknown> {
    const states = [this.compiled.exception]
    const test = () => (this.ticks[states[0]!]! & 1) === 1
    return this.#open({ label: 'whenError', states, test, value: () => this.engine?.error, on: 'states' }, options)
  }

  pending(): Pending {
    return this.engine?.pending() ?? { handlers: [], waits: [] }
  }
  export(): MachineExport {
    const { id, definition, processed, restarts } = this
    const { name, names: states } = definition
    return { id, name, states, time: this.ticks.slice(), queueTick: processed, machineTick: restarts }
  }
  import(data: MachineExport, options: { dropUnknown?: boolean } = {}): void {
    const ticks = Object.fromEntries(data.states.map((name, i) => [name, data.time[i]!]))
    this.#engine.import({ ...data, ticks }, !!options.dropUnknown)
  }
  /**
   * Takes over a stored clock, as a store does when it loads: sets the ticks, drops states the definition lost,
   * deactivates what relations refuse (+1), raises `machineTick`, adds `MachineRestored` where it is defined and tries
   * the auto states. Call it inside a commit.
   *
   * @internal
   * @returns The names that were dropped.
   */
  restore(data: { ticks: Readonly<Record<string, number>>; queueTick: number; machineTick: number }): string[] {
    return this.#engine.restore(data)
  }
  /** @internal Takes over a clock as it is: see `Engine.follow`. */
  follow(changes: readonly number[], queueTick: number, machineTick: number): void {
    this.#engine.follow(changes, queueTick, machineTick)
  }
  toString(): string {
    const { names } = this.compiled
    const list = (odd: number) =>
      names
        .flatMap((name, i) => (this.ticks[i]! && this.ticks[i]! % 2 === odd ? `${name}:${this.ticks[i]}` : []))
        .join(' ')
    const rest = list(0)
    return `(${list(1)})${rest && ` [${rest}]`}`
  }
  inspect(): string {
    const { names, states } = this.compiled
    const lines = names.map((name, i) => {
      const { auto, multi, require, add, remove, after } = states[i]!
      const parts = Object.entries({ auto, multi, require, add, remove, after })
      const words = parts.flatMap(([key, value]) => {
        const names = many(typeof value === 'object' ? value : undefined)
        return value === true ? key : names.length ? `${key} ${names.join(' ')}` : []
      })
      return `${this.ticks[i]! & 1} ${[`${name}:${this.ticks[i]}`, ...words].join(', ')}`
    })
    return [`${this.definition.name} ${this.id}`, ...lines].join('\n')
  }
  dispose(): void {
    this.#engine.dispose()
  }
  isDisposed(): boolean {
    return !!this.engine?.disposed
  }

  /** @internal */
  names(states: readonly number[]): readonly string[] {
    return states.map((s) => this.compiled.names[s]!)
  }
  /** @internal The numbers of some names, without repeats. */
  numbers(states: Names): readonly number[] {
    const { index } = this.compiled
    const unknown = many(states).filter((s) => !index.has(s))
    if (unknown.length) throw this.#unknown(unknown)
    return [...new Set(many(states).map((s) => index.get(s)!))]
  }
  // Devtools make machines of a class derived from this one (`Agent.kind`) and override the next three: so looking on
  // costs those a call that are looked at, and nobody else a branch.
  /** @internal A whole transition that nobody records: adds to the clock. `source` called it. */
  step(edge: Edge, _auto: boolean, _source: Transition | undefined): void {
    this.processed++
    this.shift(edge.deltas)
    this.at = edge.to
  }
  /** @internal A transition begins: `about` is its record, else its mutation, where it has one; where not, `source` called it. */
  begin(_edge: Edge, _auto: boolean, _about: Transition | Mutation | undefined, _source: Transition | undefined): void {
    this.processed++
  }
  /** @internal The clock has moved without a transition, by these deltas; the counters stood so before. */
  moved(_deltas: readonly number[], _queueTick: number, _machineTick: number): void {}
  /** @internal Is told as a tracer is, but nothing is recorded for it alone. */
  get witness(): MachineTracer | undefined {
    return undefined
  }
  /** @internal */
  shift(deltas: readonly number[]): void {
    if (deltas.length && this.ticks === this.compiled.zeros) this.ticks = this.ticks.slice()
    const { ticks } = this
    for (let i = 0; i < deltas.length; i += 2) ticks[deltas[i]!]! += deltas[i + 1]!
  }

  get #engine(): Engine {
    this.engine ??= new Engine(this)
    return this.engine
  }
  #request(known: Map<string, Edge>, type: Request, states: Names, args: unknown): Outcome {
    const key = typeof states === 'string' ? states : states.join(BETWEEN)
    const edge = known.get(key) ?? this.compiled.automaton.edge(this.at, type, this.numbers(states), key)
    if (running?.isCheck) return CHECK
    if (edge.bare && args === undefined) {
      const { engine } = this
      if (!engine) return this.leap(edge)
      if (engine.free) return engine.glide(edge)
    }
    return this.#engine.submit(edge.type, edge.called, args, edge)
  }
  /** @internal A mutation, and the auto mutation it stirs, while nobody looks on: no handlers, signals, waits or tracers. */
  leap(edge: Edge): Outcome {
    this.step(edge, false, running)
    if (edge.refusal) return edge.refusal
    if (edge.stirs) {
      const auto = this.compiled.automaton.auto(edge.to)
      if (auto) this.step(auto, true, undefined)
    }
    return EXECUTED
  }
  #check(type: MutationType, states: Names, args: unknown): Outcome {
    const called = this.numbers(states)
    return this.isDisposed() ? DISPOSED : this.#engine.check(type, called, args)
  }
  #wait(
    label: string,
    states: Names,
    test: (list: readonly number[]) => unknown,
    options: WaitOptions | undefined,
  ): Promise<void> {
    const list = many(states).map((s) => this.numbers(s)[0]!)
    const condition = { label: `${label}(${many(states).join(', ')})`, states: list, test: () => !!test(list) }
    return this.#open({ ...condition, value: () => undefined, on: 'states' }, options)
  }
  #open<T>(condition: Condition<T>, options: WaitOptions | undefined): Promise<T> {
    return this.#engine.waiting.open(condition, options)
  }
  #watchAll(): void {
    const whole = this.engine?.watch.whole
    if (whole) void whole.value
    else if (tracked()) void this.#engine.watch.all().value
  }
  #unknown(states: readonly string[]) {
    return errors.STATE_UNKNOWN({ machine: this.compiled.machine, states })
  }
}

const AGENT = /* @__PURE__ */ Symbol.for('escapement.agent')

/**
 * Makes an instance of a definition. Two instances share the definition and its compiled form, nothing else.
 *
 * @example
 * ```ts
 * const door = createMachine(Door, { id: 'front' })
 * door.handle({ Open: { canEnter: () => !alarm.armed, entered: () => light.on() } })
 * door.add('Open').status // 'executed'
 * door.toString() // '(Open:1)'
 * ```
 */
export function createMachine<S, G>(
  definition: MachineDefinition<S, G>,
  options: MachineOptions = NO_OPTIONS,
): Machine<S, G> {
  const agent = (globalThis as Record<symbol, unknown>)[AGENT] as Agent | undefined
  const Kind = agent?.kind?.(Core) ?? Core
  const core = new Kind(definition as unknown as AnyDefinition, options)
  const dispose = (Symbol as { dispose?: symbol }).dispose
  // On the prototype, on first use: 2023's browsers lack the symbol, and an import must do nothing.
  const proto = Core.prototype as unknown as Record<symbol, unknown>
  if (dispose) proto[dispose] ??= Core.prototype.dispose
  const machine = core as unknown as Machine<S, G>
  agent?.machine?.(machine as unknown as Machine<never, never>)
  return machine
}
