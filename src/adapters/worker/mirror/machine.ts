import { errors } from '../../../core/machine/errors.ts'
import type { Core } from '../../../core/machine/machine.ts'
import { DISPOSED } from '../../../core/machine/outcome.ts'
import type { Result, WaitOptions } from '../../../core/machine/types.ts'
import { textOf } from '../error-text.ts'
import type { Ref } from '../protocol.ts'
import type { Remote } from './remote.ts'
import type { WriteOptions } from './types.ts'

type Names = string | readonly string[]

/** A mirrored machine as it is: `MachineMirror` types it. Reads go to the machine here, which follows the worker's. */
export class MirroredMachine {
  readonly #core: Core
  readonly #remote: Remote
  readonly #ref: Ref

  constructor(core: Core, remote: Remote, ref: Ref) {
    this.#core = core
    this.#remote = remote
    this.#ref = ref
  }

  /** What stands behind a mirror, in the mirror's store. */
  static live(machine: MirroredMachine): Core {
    return machine.#core
  }

  get id() {
    return this.#core.id
  }
  get definition() {
    return this.#core.definition
  }
  is(states: Names) {
    return this.#core.is(states)
  }
  not(states: Names) {
    return this.#core.not(states)
  }
  any(states: Names) {
    return this.#core.any(states)
  }
  tick(state: string) {
    return this.#core.tick(state)
  }
  time() {
    return this.#core.time()
  }
  clock() {
    return this.#core.clock()
  }
  timeSum() {
    return this.#core.timeSum()
  }
  queueTick() {
    return this.#core.queueTick()
  }
  machineTick() {
    return this.#core.machineTick()
  }
  active() {
    return this.#core.active()
  }
  isError() {
    return this.#core.isError()
  }
  error() {
    return this.isError() ? this.#remote.image.errorOf(this.#core) : undefined
  }
  switch(group: string) {
    return this.#core.switch(group)
  }
  listen(listener: () => void) {
    return this.#core.listen(listener)
  }
  signal(state: string) {
    const signal = this.#core.signal(state)
    // Nobody would tell when it changes.
    if (!this.#remote.up) return AbortSignal.abort(this.#remote.lost)
    return this.isDisposed() ? AbortSignal.abort() : signal
  }
  export() {
    return this.#core.export()
  }
  toString() {
    return this.#core.toString()
  }
  inspect() {
    return this.#core.inspect()
  }
  isDisposed() {
    return this.#core.isDisposed() || this.#remote.image.ended(this.#core)
  }

  add(states: Names, args?: unknown, options?: WriteOptions) {
    return this.#mutate('add', states, args, options)
  }
  remove(states: Names, args?: unknown, options?: WriteOptions) {
    return this.#mutate('remove', states, args, options)
  }
  set(states: Names, args?: unknown, options?: WriteOptions) {
    return this.#mutate('set', states, args, options)
  }
  toggle(states: Names, args?: unknown, options?: WriteOptions) {
    return this.#mutate('toggle', states, args, options)
  }
  addError(error: unknown, options: { state?: string; args?: object } & WriteOptions = {}): Promise<Result> {
    const { state, args } = options
    if (this.#gone) return Promise.resolve(DISPOSED as Result)
    return this.#remote.call('machine.addError', this.#ref, options, textOf(error), state, args)
  }
  canAdd(states: Names, args?: unknown) {
    return this.#mutate('canAdd', states, args)
  }
  canRemove(states: Names, args?: unknown) {
    return this.#mutate('canRemove', states, args)
  }
  canSet(states: Names, args?: unknown) {
    return this.#mutate('canSet', states, args)
  }

  when(states: Names, options?: WaitOptions) {
    return this.#wait('when', [states], options)
  }
  whenNot(states: Names, options?: WaitOptions) {
    return this.#wait('whenNot', [states], options)
  }
  whenTime(states: Names, ticks: number | readonly number[], options?: WaitOptions) {
    return this.#wait('whenTime', [states, ticks], options)
  }
  // Counted from what is seen here: what has happened there meanwhile counts.
  whenTicks(state: string, n: number, options?: WaitOptions) {
    return this.#until('whenTicks', state, this.#tick(state) + n, options)
  }
  whenNext(state: string, options?: WaitOptions) {
    const tick = this.#tick(state)
    return this.#until('whenNext', state, tick + 1 + (tick & 1), options)
  }
  whenArgs(state: string, partial: object, options?: WaitOptions) {
    return this.#wait('whenArgs', [state, partial], options)
  }
  whenIdle(options?: WaitOptions) {
    return this.#wait('whenIdle', [], options)
  }
  whenError(options?: WaitOptions) {
    return this.#wait('whenError', [], options)
  }

  /** Without subscribing. An unknown state is the worker's to refuse. */
  #tick(state: string): number {
    return this.#core.ticks[this.#core.compiled.index.get(state) ?? -1] ?? 0
  }
  /** Was it deleted? There a call goes by the id alone, which another machine may have by now. */
  get #gone(): boolean {
    return this.#core.isDisposed() && this.#remote.up
  }
  #mutate(method: string, states: Names, args?: unknown, options?: WriteOptions): Promise<Result> {
    if (this.#gone) return Promise.resolve(DISPOSED as Result)
    return this.#remote.call(`machine.${method}`, this.#ref, options, states, args)
  }
  /** A wait for a tick, which is called `name` here. */
  #until(name: string, state: string, tick: number, options: WaitOptions | undefined): Promise<void> {
    return this.#wait<void>('whenTime', [state, tick], options).catch((error) => {
      throw error?.code === 'WAIT_TIMEOUT' ? errors.WAIT_TIMEOUT({ ...error, awaited: `${name}(${state})` }) : error
    })
  }
  #wait<T>(method: string, args: readonly unknown[], options: WaitOptions | undefined): Promise<T> {
    if (this.#gone) return Promise.reject(errors.MACHINE_DISPOSED({ machine: this.#core.definition.name }))
    return this.#remote.wait(this.#ref, method, args, options)
  }
}
