import type { Answer, Errand } from '../../../../core/ports/replica.ts'
import type { Answered, Numbered } from './messages.ts'

interface Waiting {
  readonly item: Numbered
  /** How many commits of this tab storage must have before it may go; not known while that commit is under way. */
  after: number
  readonly since: number
  sent: boolean
  settle(answer: Answer): void
}

/** How long an errand is asked for. The owner's memory of what it did is longer. */
export const PATIENCE = 3_600_000

/** Mutations that this tab sends to the owner: numbered, in order, each again and again until it is answered. */
export class Errands {
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  /** All up to this number were answered. */
  get heard(): number {
    for (const number of this.#waiting.keys()) return number - 1
    return this.#last
  }

  get size(): number {
    return this.#waiting.size
  }

  add(key: string, errand: Errand, now: number): Promise<Answer> {
    return new Promise((settle) => {
      const number = ++this.#last
      const after = Number.POSITIVE_INFINITY
      this.#waiting.set(number, { item: [number, key, errand], after, since: now, sent: false, settle })
    })
  }

  /** The commit under way is over; there are so many now. */
  follow(commits: number): void {
    for (const waiting of this.#waiting.values()) waiting.after = Math.min(waiting.after, commits)
  }

  /** What may go now that storage has so many commits of this tab: all of it, or what was never sent. */
  due(stored: number, again: boolean): Numbered[] {
    const due: Numbered[] = []
    for (const waiting of this.#waiting.values()) {
      if (waiting.after > stored) break
      if (again || !waiting.sent) due.push(waiting.item)
      waiting.sent = true
    }
    return due
  }

  answered(items: readonly Answered[]): void {
    for (const [number, answer] of items) this.#settle(number, answer)
  }

  /** Gives up those that nobody answered in an hour; answers how many. */
  expire(now: number): number {
    const old = [...this.#waiting].filter(([, { since }]) => now - since > PATIENCE)
    for (const [number] of old) this.#settle(number, FAILED)
    return old.length
  }

  /** Nobody will answer any more. What was never sent has not happened; of the rest nobody knows. */
  end(): void {
    for (const [number, { sent }] of [...this.#waiting]) this.#settle(number, sent ? FAILED : ABORTED)
  }

  #settle(number: number, answer: Answer): void {
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    waiting?.settle(answer)
  }
}

export const FAILED: Answer = { status: 'canceled', reason: { kind: 'error' } }
const ABORTED: Answer = { status: 'canceled', reason: { kind: 'aborted' } }
