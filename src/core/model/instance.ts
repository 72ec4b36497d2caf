import { computed, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals-core'
import { REDACTED } from '../ports/redacted.ts'
import { tracked } from '../ports/tracked.ts'
import type { Shape } from './define-model.ts'
import { errors } from './errors.ts'
import { accept, type Field } from './field.ts'
import type { Home } from './home.ts'

type Listeners = readonly (() => void)[] | undefined

/** What a model or row has only once somebody looks: signals by slot (computed ones behind the fields), and listeners. */
class Watch {
  readonly cells: (Signal<unknown> | ReadonlySignal<unknown> | undefined)[] = []
  /** True while the row exists. */
  presence: Signal<boolean> | undefined = undefined
  listeners: Listeners = undefined
}

// The ways into an instance for the other files of this folder; nobody else can touch what is behind them.
export let idOf: (row: Instance) => string
/** A row's place in its collection; negative (`~ordinal`) once it is deleted. */
export let ordinalOf: (row: Instance) => number
export let setOrdinal: (row: Instance, ordinal: number) => void
/** Marks a row as deleted, or as alive again. */
export let flip: (row: Instance) => void
export let slotsOf: (row: Instance) => readonly unknown[]
/** Puts a value and moves the revision by `step`; slot -1 puts none. */
export let putSlot: (row: Instance, slot: number, value: unknown, step: number) => void
/** What the row has of a `Watch`; `make` makes sure it has one. */
export let watchOf: { (row: Instance, make: true): Watch; (row: Instance): Watch | undefined }
let read: (row: Instance, slot: number) => unknown
let write: (row: Instance, slot: number, input: unknown) => void
let derived: (row: Instance, slot: number, derive: (model: never) => unknown) => unknown

const MINUS_ZERO = /* @__PURE__ */ Symbol()

/** What a cell is given for a value: signals compare by ===, which cannot tell -0 from 0. */
export const toldOf = (value: unknown): unknown => (Object.is(value, -0) ? MINUS_ZERO : value)

// Above 0, a rule looks at a row: it may not write, and derived values are worked out without signals.
export let quiet = 0

/** Calls a rule (a check, an index function) with `row`; what it reads subscribes nobody and makes no signals. */
export function quietly<T>(rule: (row: never) => T, row: Instance): T {
  quiet++
  try {
    return untracked(() => rule(row as never))
  } finally {
    quiet--
  }
}

/**
 * A live model or row. Its class is made per definition (`classOf`), with an accessor per field on the prototype; an
 * instance is six words and an array of values, and grows signals only where it is read.
 */
export class Instance {
  readonly #home: Home
  readonly #id: string
  #ordinal: number
  #revision = 0
  readonly #slots: unknown[]
  #watch: Watch | undefined = undefined

  static {
    idOf = (row) => row.#id
    ordinalOf = (row) => row.#ordinal
    setOrdinal = (row, ordinal) => {
      row.#ordinal = ordinal
    }
    flip = (row) => {
      row.#ordinal = ~row.#ordinal
    }
    slotsOf = (row) => row.#slots
    putSlot = (row, slot, value, step) => {
      if (slot >= 0) row.#slots[slot] = value
      row.#revision += step
    }
    watchOf = ((row: Instance, make?: true) => {
      if (make) row.#watch ??= new Watch()
      return row.#watch
    }) as typeof watchOf
    read = (row, slot) => {
      const cell = row.#watch?.cells[slot]
      // The cell only says who must hear of a change; the slot has the value (they differ where === cannot tell).
      if (cell !== undefined) void cell.value
      else if (tracked()) {
        const fresh = signal(toldOf(row.#slots[slot]))
        watchOf(row, true).cells[slot] = fresh
        void fresh.value
      }
      return row.#slots[slot]
    }
    derived = (row, slot, derive) => {
      if (quiet > 0 && !row.#watch?.cells[slot]) return derive(row as never)
      const { cells } = watchOf(row, true)
      cells[slot] ??= computed(() => derive(row as never))
      return cells[slot].value
    }
    write = (row, slot, input) => {
      const home = row.#home
      const { host } = home
      if (host.gate + quiet !== 0 || row.#ordinal < 0) home.mayWrite(row)
      const old = row.#slots[slot]
      if (Object.is(input, old)) return
      const field = home.shape.fields[slot] as Field
      let value = input
      // The short way for a primitive, without a call: this is the line that decides how fast a write is.
      if (typeof input === 'object' || !field.fits?.(input)) {
        value = home.accepted(accept(field, input), input)
        if (Object.is(value, old)) return
      }
      if (host.open > 0) home.logged(row, slot, value)
      else host.single(home, row, slot, value)
    }
  }

  constructor(home: Home, id: string, ordinal: number, slots: unknown[]) {
    this.#home = home
    this.#id = id
    this.#ordinal = ordinal
    this.#slots = slots
    // So that a misspelt field throws instead of making a property nobody reads.
    Object.preventExtensions(this)
  }

  get $id(): string {
    return this.#id
  }

  get revision(): number {
    return this.#revision
  }

  set(values: Record<string, unknown>): void {
    this.#home.mayWrite(this)
    this.#home.putAll(this, this.#home.check(values))
  }

  peek(field: string): unknown {
    return quietly((row: Record<string, unknown>) => row[field], this)
  }

  reset(): void {
    this.#home.mayWrite(this)
    this.#home.putAll(this, this.#home.shape.initial)
  }

  toJSON(): Record<string, unknown> {
    const { fields, redact } = this.#home.shape
    const plain: Record<string, unknown> = {}
    fields.forEach(({ name }, slot) => {
      plain[name] = redact.has(name) ? REDACTED : this.#slots[slot]
    })
    return Object.freeze(plain)
  }

  listen(fn: () => void): () => void {
    return listenOn(watchOf(this, true), fn)
  }
}

/** Adds a listener to a list that is never changed in place, so that a round under way keeps the one it has. */
export function listenOn(holder: { listeners: Listeners }, fn: () => void): () => void {
  const entry = () => fn()
  holder.listeners = [...(holder.listeners ?? []), entry]
  return () => {
    const left = holder.listeners?.filter((other) => other !== entry)
    holder.listeners = left?.length ? left : undefined
  }
}

/** Is it a name that a field cannot have, because an instance or a draft answers to it? */
export const isMember = (name: string): boolean => name in Instance.prototype || /^(commit|rebase|changes)$/.test(name)

/** The class of one definition's instances. Fields of `away` throw: their values are elsewhere. */
export function classOf(
  { name: model, fields, computed }: Pick<Shape, 'name' | 'fields' | 'computed'>,
  away?: ReadonlySet<string>,
): Shape['Instance'] {
  const Class = class extends Instance {}
  fields.forEach(({ name }, slot) => {
    if (away?.has(name)) {
      const refuse = () => {
        throw errors.FIELD_AWAY({ model, field: name })
      }
      Object.defineProperty(Class.prototype, name, { enumerable: true, get: refuse, set: refuse })
      return
    }
    Object.defineProperty(Class.prototype, name, {
      enumerable: true,
      get(this: Instance) {
        return read(this, slot)
      },
      set(this: Instance, value: unknown) {
        write(this, slot, value)
      },
    })
  })
  computed.forEach(([name, derive], i) => {
    Object.defineProperty(Class.prototype, name, {
      enumerable: true,
      get(this: Instance) {
        return derived(this, fields.length + i, derive)
      },
    })
  })
  return Class
}
