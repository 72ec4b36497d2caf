import type { Answer, Errand } from '../../../../core/ports/replica.ts'
import { PATIENCE } from './errands.ts'
import type { Answered, Numbered } from './messages.ts'

/** What the owner did for one tab: storage keeps it with what was done. */
interface Kept {
  /** All up to this number were carried out. */
  readonly done: number
  /** How they ended, as long as the tab may ask again. */
  readonly answers: readonly Answered[]
  /** When it last asked, in milliseconds since the epoch. */
  readonly at: number
}

export type KeptReplies = Readonly<Record<string, Kept>>

interface Reply {
  readonly answered: Answered
  /** How many commits of this tab storage must have before it may be told. */
  readonly after: number
  told: boolean
}

interface Served {
  done: number
  replies: Reply[]
  at: number
}

// A tab asks for an hour: after a day it cannot be asking.
const REMEMBERED = 24 * PATIENCE

/**
 * The owner's side of errands: each is carried out once, in order, and its answer is told when storage has all that it
 * may have changed, and kept there until the tab has heard it.
 */
export class Replies {
  readonly #tabs = new Map<string, Served>()
  /** Something to be stored has changed. */
  dirty = false

  constructor(kept: KeptReplies | undefined) {
    for (const [tab, { done, answers, at }] of Object.entries(kept ?? {})) {
      this.#tabs.set(tab, { done, at, replies: answers.map((answered) => ({ answered, after: 0, told: true })) })
    }
  }

  /** Carries out what was not before. `after` says how many commits there are by then. */
  serve(
    tab: string,
    heard: number,
    items: readonly Numbered[],
    now: number,
    carryOut: (key: string, errand: Errand) => Answer,
    after: () => number,
  ): void {
    const record = this.#tabs.get(tab) ?? { done: heard, replies: [], at: now }
    this.#tabs.set(tab, record)
    record.at = now
    record.done = Math.max(record.done, heard)
    record.replies = record.replies.filter(({ answered: [number] }) => number > heard)
    for (const reply of record.replies) reply.told = false
    for (const [number, key, errand] of items) {
      if (number !== record.done + 1) continue
      const before = after()
      const answer = carryOut(key, errand)
      record.done = number
      record.replies.push({ answered: [number, answer], after: after(), told: false })
      if (after() > before) this.dirty = true
    }
  }

  /** What may be told now that storage has so many commits, by tab. */
  due(stored: number): Map<string, Answered[]> {
    const due = new Map<string, Answered[]>()
    for (const [tab, { replies }] of this.#tabs) {
      const mine = replies.filter(({ after, told }) => !told && after <= stored)
      for (const reply of mine) reply.told = true
      if (mine.length > 0)
        due.set(
          tab,
          mine.map(({ answered }) => answered),
        )
    }
    return due
  }

  /** To be stored with what was done. */
  kept(now: number): KeptReplies {
    const kept: Record<string, Kept> = {}
    for (const [tab, { done, replies, at }] of this.#tabs) {
      if (now - at > REMEMBERED) this.#tabs.delete(tab)
      else kept[tab] = { done, at, answers: replies.map(({ answered }) => answered) }
    }
    return kept
  }
}
