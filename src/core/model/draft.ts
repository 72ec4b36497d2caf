import type { Draft, FieldHolder, Holder, Host } from '../ports/host.ts'
import type { Shape } from './define-model.ts'
import { errors } from './errors.ts'
import type { Home } from './home.ts'
import { type Instance, idOf, ordinalOf, putSlot, slotsOf } from './instance.ts'

/** What a draft's instance writes to: itself, and nobody hears of it. */
export class DraftHost implements Pick<Host, 'gate' | 'open' | 'log' | 'refuse' | 'single' | 'run'> {
  gate = 0
  readonly open = 0
  log: unknown[] = []
  refuse(holder: Holder): never {
    throw errors.DRAFT_DEAD({ model: holder.definition.name })
  }
  single(holder: FieldHolder, row: object, slot: number, value: unknown): void {
    holder.logged(row, slot, value)
    this.log = []
  }
  run<T>(fn: () => T): T {
    const result = fn()
    this.log = []
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
  return {
    draft: new Class(home, row, detached),
    kill() {
      ;(detached.host as { gate: number }).gate = 1
    },
  }
}

function classOf(shape: Shape) {
  return class extends shape.Instance implements Draft {
    readonly #home: Home
    readonly #row: Instance
    readonly #detached: Home
    #base!: { revision: number; slots: readonly unknown[] }

    constructor(home: Home, row: Instance, detached: Home) {
      super(detached, idOf(row), ordinalOf(row), slotsOf(row).slice())
      this.#home = home
      this.#row = row
      this.#detached = detached
      this.#rebase()
    }

    commit(options?: { force?: boolean }): void {
      const home = this.#home
      const row = this.#row
      const base = this.#base
      this.#detached.mayWrite(this)
      home.mayWrite(row)
      // Values too: a rollback takes the revision back, and other changes may have brought it up again.
      const moved =
        row.revision !== base.revision || !slotsOf(row).every((value, at) => Object.is(value, base.slots[at]))
      if (moved && !options?.force) {
        throw errors.DRAFT_CONFLICT({ model: shape.name, revision: row.revision, base: base.revision })
      }
      home.host.run(() => {
        // A commit that is rolled back later leaves the draft where it was.
        home.host.onUndo(() => {
          this.#base = base
        })
        home.putAll(row, slotsOf(this))
        // Now, not after the commit: what a listener writes then is not this draft's.
        this.#rebase()
      })
    }

    rebase(): void {
      slotsOf(this.#row).forEach((value, slot) => {
        if (!this.#differs(slot) && !Object.is(value, slotsOf(this)[slot])) {
          putSlot(this, slot, value, 1)
          this.#detached.tell(this, slot)
        }
      })
      this.#rebase()
    }

    changes(): Record<string, { before: unknown; after: unknown }> {
      const changes: Record<string, { before: unknown; after: unknown }> = {}
      shape.fields.forEach(({ name }, slot) => {
        if (this.#differs(slot)) changes[name] = { before: this.#base.slots[slot], after: slotsOf(this)[slot] }
      })
      return changes
    }

    #differs(slot: number): boolean {
      return !Object.is(slotsOf(this)[slot], this.#base.slots[slot])
    }

    #rebase(): void {
      this.#base = { revision: this.#row.revision, slots: slotsOf(this.#row).slice() }
    }
  }
}
