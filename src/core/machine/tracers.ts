import type { MachineTracer } from '../trace.ts'
import type { Core } from './machine.ts'
import type { ErrorPlace } from './types.ts'

/** Who is told what happens in a machine: its tracers, and `onError`. */
export class Tracers {
  readonly #core: Core
  #list: readonly MachineTracer[]
  readonly #witness: MachineTracer | undefined
  #reported: WeakSet<object> | undefined

  constructor(core: Core) {
    this.#core = core
    this.#witness = core.witness
    this.#list = [...(core.options.tracers ?? []), ...(this.#witness ? [this.#witness] : [])]
  }

  get size(): number {
    return this.#list.length
  }
  /** Is there one for whom transitions are recorded? */
  get recording(): boolean {
    return this.#list.some((tracer) => tracer !== this.#witness)
  }
  add(tracer: MachineTracer): void {
    this.#list = [...this.#list, tracer]
  }
  /** Once for each time it was added. */
  remove(tracer: MachineTracer): void {
    const at = this.#list.indexOf(tracer)
    this.#list = this.#list.filter((_, i) => i !== at)
  }
  clear(): void {
    this.#list = []
  }

  emit<K extends keyof MachineTracer>(event: K, ...about: Parameters<NonNullable<MachineTracer[K]>>): void {
    for (const tracer of this.#list) {
      try {
        // The pair of a name and its arguments is checked by the signature above; TypeScript cannot follow it here.
        ;(tracer[event] as ((...about: unknown[]) => void) | undefined)?.apply(tracer, about)
      } catch (error) {
        this.report(error, { phase: 'tracer' })
      }
    }
  }

  /** Tells `onError` and tracers of an error, once. */
  report(error: unknown, place: Omit<ErrorPlace, 'machine'>): void {
    if (typeof error === 'object' && error) {
      this.#reported ??= new WeakSet()
      if (this.#reported.has(error)) return
      this.#reported.add(error)
    }
    const where = { ...place, machine: this.#core }
    const { onError } = this.#core.options
    try {
      if (onError) onError(error, where)
      else console.error(error)
    } catch (worse) {
      console.error(worse)
    }
    this.emit('error', error, where)
  }
}
