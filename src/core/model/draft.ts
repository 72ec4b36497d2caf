import { defineErrors, EscapementError } from '../error.ts'
import type { Draft, Holder, Host } from '../ports/host.ts'
import type { Shape } from './define-model.ts'
import type { Home } from './home.ts'
import { type Instance, idOf, ordinalOf, putSlot, slotsOf } from './instance.ts'

/** The original changed since the draft was taken. */
export class ConflictError extends EscapementError {
  override name = 'ConflictError'
}

const errors = /* @__PURE__ */ defineErrors({
  DRAFT_CONFLICT: {
    as: ConflictError,
    why: (p: { model: string; revision: number; base: number }) =>
      `"${p.model}" is at revision ${p.revision}; this draft was taken at ${p.base}.`,
    fix: 'Call rebase() and look again, or commit({ force: true }).',
  },
  DRAFT_DEAD: {
    why: (p: { model: string }) => `This draft of "${p.model}" is dead: the lock it came from has ended.`,
    fix: 'Take a new one.',
  },
})

/** What a draft's instance writes to: itself, and nobody hears of it. */
export class DraftHost implements Pick<Host, 'gate' | 'open' | 'log' | 'refuse' | 'single' | 'run'> {
  gate = 0
  readonly open = 0
  readonly log: unknown[] = []
  refuse(holder: Holder): never {
    throw errors.DRAFT_DEAD({ model: holder.definition.name })
  }
  single(holder: Holder, row: object, slot: number, _old: unknown, value: unknown): void {
    holder.place(row, slot, value)
    holder.tell(row, slot)
  }
  run<T>(fn: () => T): T {
    const result = fn()
    this.log.length = 0
    return result
  }
}

const classes = /* @__PURE__ */ new WeakMap<Shape, ReturnType<typeof classOf>>()

/**
 * A detached, validated copy of `row`, and what ends it: after `kill` every write and commit throws.
 * Checkout and commit are an idea of Myosin's.
 */
export function draftOf(home: Home, row: Instance, detached: Home): { draft: Instance & Draft; kill(): void } {
  let Class = classes.get(home.shape)
  if (Class === undefined) {
    Class = classOf(home.shape)
    classes.set(home.shape, Class)
  }
  const host = detached.host as unknown as DraftHost
  const draft = new Class(home, row, detached)
  return {
    draft,
    kill() {
      host.gate = 1
    },
  }
}

function classOf(shape: Shape) {
  return class extends shape.Instance implements Draft {
    #home: Home
    #row: Instance
    #detached: Home
    #base: { revision: number; values: readonly unknown[] }

    constructor(home: Home, row: Instance, detached: Home) {
      super(detached, idOf(row), ordinalOf(row), slotsOf(row).slice())
      this.#home = home
      this.#row = row
      this.#detached = detached
      this.#base = { revision: row.revision, values: slotsOf(row).slice() }
    }

    commit(options?: { force?: boolean }): void {
      this.#detached.mayWrite(this)
      const home = this.#home
      const row = this.#row
      const base = this.#base
      home.mayWrite(row)
      if (row.revision !== base.revision && !options?.force) {
        throw errors.DRAFT_CONFLICT({ model: shape.name, revision: row.revision, base: base.revision })
      }
      home.host.run(() => {
        // A commit that is rolled back later leaves the draft where it was.
        home.host.onUndo(() => {
          this.#base = base
        })
        home.assignSlots(row, slotsOf(this))
      })
      this.#base = { revision: row.revision, values: slotsOf(this).slice() }
    }

    rebase(): void {
      const now = slotsOf(this.#row)
      this.#base.values.forEach((old, slot) => {
        if (Object.is(slotsOf(this)[slot], old)) {
          putSlot(this, slot, now[slot], 1)
          this.#home.tell(this, slot)
        }
      })
      this.#base = { revision: this.#row.revision, values: now.slice() }
    }

    changes(): Record<string, { before: unknown; after: unknown }> {
      const changes: Record<string, { before: unknown; after: unknown }> = {}
      shape.fields.forEach(({ name }, slot) => {
        const [before, after] = [this.#base.values[slot], slotsOf(this)[slot]]
        if (!Object.is(before, after)) changes[name] = { before, after }
      })
      return changes
    }
  }
}
