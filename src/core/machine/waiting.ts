import { errors } from './errors.ts'
import type { Core } from './machine.ts'
import type { Mutation } from './transition.ts'
import type { Pending, WaitOptions } from './types.ts'

/** One open promise. */
interface Wait {
  /** How it was asked for, as errors and `pending()` show it. */
  readonly label: string
  /** The states it looks at; none for queries and for idleness. */
  readonly states: readonly number[]
  /** Has it come? Asked with the args of an accepted call where that is what is waited for. */
  readonly test: (args?: object) => boolean
  readonly settle: () => void
  readonly reject: (error: unknown) => void
}

/** What to wait for. */
export interface Condition<T> extends Pick<Wait, 'label' | 'states' | 'test'> {
  readonly value: () => T
  /** Which list it waits in: by its states, asked at every change, at rest, or at calls alone. */
  readonly on: 'states' | 'change' | 'idle' | 'call'
}

/**
 * The open waits of a machine, indexed by state: a transition looks only at those whose states it changed, and a
 * machine nobody waits for has none of this.
 */
export class Waits {
  readonly #core: Core
  readonly #states = new Map<number, Set<Wait>>()
  readonly #lists: Record<'change' | 'idle' | 'call', Set<Wait>> = {
    change: new Set(),
    idle: new Set(),
    call: new Set(),
  }
  #view: Record<string, number> | undefined

  constructor(core: Core) {
    this.#core = core
  }

  /** Resolves when `condition` holds: now, or inside the transition that makes it so. */
  open<T>(condition: Condition<T>, options: WaitOptions = {}): Promise<T> {
    const { signal, timeout } = options
    const { label, states, test, value, on } = condition
    const core = this.#core
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (core.isDisposed()) return Promise.reject(this.#gone())
    try {
      if (test()) return Promise.resolve(value())
    } catch (error) {
      return Promise.reject(error)
    } finally {
      this.#trim()
    }
    return new Promise<T>((resolve, reject) => {
      let cancel: (() => void) | undefined
      const end = () => {
        for (const list of lists) list.delete(wait)
        for (const state of states) if (!this.#states.get(state)?.size) this.#states.delete(state)
        this.#trim()
        signal?.removeEventListener('abort', abort)
        cancel?.()
      }
      const fail = (error: unknown) => {
        end()
        reject(error)
      }
      const abort = () => fail(signal!.reason)
      const wait: Wait = {
        label,
        states,
        test,
        settle: () => {
          end()
          resolve(value())
        },
        reject: fail,
      }
      const lists = on === 'states' ? states.map((state) => this.#at(state)) : [this.#lists[on]]
      for (const list of lists) list.add(wait)
      signal?.addEventListener('abort', abort, { once: true })
      if (timeout === undefined) return
      cancel = core.timers.after(timeout, () => {
        const facts = { machine: core.definition.name, awaited: label, ms: timeout, states: core.toString() }
        fail(errors.WAIT_TIMEOUT(facts))
      })
    })
  }

  /** Settles what the change of these states brought about. */
  changed(states: readonly number[]): void {
    const { ticks, compiled } = this.#core
    for (const state of states) {
      if (this.#view) this.#view[compiled.names[state]!] = ticks[state]!
      this.#ask(this.#states.get(state))
    }
    this.#ask(this.#lists.change)
  }

  /** Settles what waits for a call with these args. */
  called(states: readonly number[], mutation: Mutation): void {
    for (const wait of this.#lists.call) {
      const [state] = wait.states
      if (states.includes(state!) && wait.test(mutation.argsOf(state!) as object)) wait.settle()
    }
  }

  idle(): void {
    this.#ask(this.#lists.idle)
  }

  dispose(): void {
    for (const set of [...this.#states.values(), ...Object.values(this.#lists)]) {
      for (const wait of set) wait.reject(this.#gone())
    }
  }

  pending(): Pending['waits'] {
    const { names } = this.#core.compiled
    const all = new Set([...this.#states.values(), ...Object.values(this.#lists)].flatMap((set) => [...set]))
    return [...all].flatMap(({ states, label }) =>
      states.length ? states.map((s) => ({ state: names[s]!, wait: label })) : [{ wait: label }],
    )
  }

  /** The clock by name, one object kept up to date while a query is open. */
  view(): Record<string, number> {
    this.#view ??= byName(this.#core)
    return this.#view
  }
  #trim(): void {
    if (!this.#lists.change.size) this.#view = undefined
  }

  #ask(set: Set<Wait> | undefined): void {
    if (!set) return
    for (const wait of set) {
      try {
        if (wait.test()) wait.settle()
      } catch (error) {
        wait.reject(error)
      }
    }
  }

  #at(state: number): Set<Wait> {
    let set = this.#states.get(state)
    if (!set) {
      set = new Set()
      this.#states.set(state, set)
    }
    return set
  }

  #gone() {
    return errors.MACHINE_DISPOSED({ machine: this.#core.definition.name })
  }
}

/** The clock by name. */
export function byName({ compiled, ticks }: Core): Record<string, number> {
  return Object.fromEntries(compiled.names.map((name, i) => [name, ticks[i]!]))
}
