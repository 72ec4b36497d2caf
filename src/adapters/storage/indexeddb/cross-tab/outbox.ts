import { isLater, isSame, type Stamp, stamped } from './stamp.ts'

/** A key, and the stamp of what was written to it. */
export type Mark = readonly [key: string, stamp: Stamp]

/** What another tab wrote to a key; `undefined` deletes. */
export interface Arrival {
  readonly value: unknown
  readonly stamp: Stamp
}

/** A write to one key that storage does not have yet. */
export interface Pending {
  readonly value: unknown
  readonly stamp: Stamp
  /** What it will overwrite without having seen it: the stamps, for those who wrote it. */
  readonly over: Stamp[]
}

/**
 * Commits on their way to storage, the newest value of each key. Those that moved machines stand above the others, so
 * that all of them can be taken away when this tab turns out not to be the owner any more, and what is below is as if
 * they had never been.
 */
export class Outbox {
  readonly #plain = new Map<string, Pending>()
  readonly #owned = new Map<string, Pending>()
  /** Commits so far. */
  count = 0

  add(commit: ReadonlyMap<string, unknown>, stamp: Stamp): void {
    this.count++
    const owned = stamp[2] !== undefined
    for (const [key, value] of commit) {
      const pending = { value: stamped(value, stamp), stamp, over: this.at(key)?.over ?? [] }
      if (owned) this.#owned.set(key, pending)
      else {
        this.#owned.delete(key)
        this.#plain.set(key, pending)
      }
    }
  }

  at(key: string): Pending | undefined {
    return this.#owned.get(key) ?? this.#plain.get(key)
  }

  get size(): number {
    return this.#plain.size + this.#owned.size
  }

  /** Whether a commit that moved machines waits. */
  get owning(): boolean {
    return this.#owned.size > 0
  }

  /** The newest write of each key, but those that lose against what has arrived. */
  besides(arrivals: ReadonlyMap<string, Arrival>): Map<string, Pending> {
    const all = new Map([...this.#plain, ...this.#owned])
    for (const [key, pending] of all) {
      const arrival = arrivals.get(key)
      if (arrival !== undefined && !beats(key, pending, arrival)) all.delete(key)
    }
    return all
  }

  /** Another tab's write is in storage: what loses against it goes. Answers what stands here, and whether something was lost. */
  meet(key: string, arrival: Arrival): { stands: Pending | undefined; lost: boolean } {
    const before = this.at(key)
    if (before === undefined) return { stands: undefined, lost: false }
    for (const layer of [this.#plain, this.#owned]) {
      const pending = layer.get(key)
      if (pending !== undefined && !beats(key, pending, arrival)) layer.delete(key)
    }
    const stands = this.at(key)
    stands?.over.push(arrival.stamp)
    // A write that was said to have failed may have arrived all the same.
    return { stands, lost: stands !== before && !isSame(before.stamp, arrival.stamp) }
  }

  /** Storage has this write, or one of the same key that is not older. */
  stored(key: string, { stamp, over }: Pending): void {
    // Told; a newer write of the key has the same list.
    over.length = 0
    for (const layer of [this.#plain, this.#owned]) {
      const pending = layer.get(key)
      if (pending !== undefined && !isLater(pending.stamp, stamp)) layer.delete(key)
    }
  }

  /** Takes away what only the owner may write; answers its keys. */
  disown(): string[] {
    const keys = [...this.#owned.keys()]
    this.#owned.clear()
    return keys
  }
}

/**
 * Which of two writes to a key stays, when neither has seen the other: the later one. But a machine's clock is the
 * owner's: that another tab, meanwhile, added a machine of the same id does not set it back.
 */
function beats(key: string, mine: Pending, other: Arrival): boolean {
  if (key.startsWith('machine/') && mine.value !== undefined && other.value !== undefined) {
    const [own, others] = [mine.stamp[2] !== undefined, other.stamp[2] !== undefined]
    if (own !== others) return own
  }
  return isLater(mine.stamp, other.stamp)
}
