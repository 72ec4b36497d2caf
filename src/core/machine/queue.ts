import type { MutationType } from './resolve.ts'
import type { Mutation } from './transition.ts'

/** The mutations that wait. Errors the machine itself raises go to the front, and count as urgent until processed. */
export class MutationQueue {
  #items: Mutation[] = []
  #urgent = 0

  get size(): number {
    return this.#items.length
  }
  /** How many at the front must not wait for whoever drains next. */
  get urgent(): number {
    return this.#urgent
  }
  push(mutation: Mutation): void {
    this.#items.push(mutation)
  }
  prepend(mutation: Mutation): void {
    this.#items.unshift(mutation)
    this.#urgent++
  }
  shift(): Mutation | undefined {
    if (this.#urgent) this.#urgent--
    return this.#items.shift()
  }
  /** Takes one out of the middle; false when it is not there. */
  take(mutation: Mutation): boolean {
    const at = this.#items.indexOf(mutation)
    if (at < 0) return false
    this.#items.splice(at, 1)
    if (at < this.#urgent) this.#urgent--
    return true
  }
  clear(): Mutation[] {
    this.#urgent = 0
    return this.#items.splice(0)
  }
  /** Does an argument-less mutation of the same states, in the same order, wait? */
  holds(type: MutationType, states: readonly number[]): boolean {
    return this.#items.some(
      (m) =>
        m.type === type &&
        m.args === undefined &&
        m.states.length === states.length &&
        m.states.every((s, i) => s === states[i]),
    )
  }
  /** Does one that calls the state wait? */
  calls(state: number): boolean {
    return this.#items.some((m) => m.states.includes(state))
  }
}

/** Transitions in one go after which a machine is taken to run in circles. */
const LIMIT = 10_000
/** How many of the last ones are remembered, to name those that repeat. */
const TAIL = 100

/** Notices mutations that keep causing each other. */
export class LoopGuard {
  #count = 0
  #tail: Set<string> | undefined
  /** It has struck already: the handling of the error loops too. */
  struck = false

  /** True when this transition is one too many. Starts over then, so that the error can be handled. */
  exceeded(mutation: Mutation): boolean {
    if (++this.#count > LIMIT - TAIL) {
      this.#tail ??= new Set()
      this.#tail.add(`${mutation}`)
    }
    return this.#count > LIMIT
  }
  /** Names what repeated, and starts over. */
  strike(): string[] {
    const names = [...(this.#tail ?? [])]
    this.reset()
    this.struck = true
    return names
  }
  reset(): void {
    this.#count = 0
    this.#tail = undefined
    this.struck = false
  }
}
