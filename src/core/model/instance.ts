import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core'
import { REDACTED } from '../ports/redacted.ts'
import type { Shape } from './define-model.ts'
import { accept } from './field.ts'
import type { Home } from './home.ts'

/** What a model or row has only once somebody looks: signals by slot (computed ones behind the fields), and listeners. */
class Watch {
  readonly cells: (Signal<unknown> | ReadonlySignal<unknown> | undefined)[] = []
  /** True while the row exists. */
  presence: Signal<boolean> | undefined = undefined
  listeners: readonly (() => void)[] | undefined = undefined
}

// The ways into an instance for the other files of this folder; nobody else can touch what is behind them.
export let homeOf: (row: Instance) => Home
export let idOf: (row: Instance) => string
/** A row's place in its collection; negative (`~ordinal`) once it is deleted. */
export let ordinalOf: (row: Instance) => number
export let setOrdinal: (row: Instance, ordinal: number) => void
export let slotsOf: (row: Instance) => readonly unknown[]
/** Puts a value and moves the revision by `step`. */
export let putSlot: (row: Instance, slot: number, value: unknown, step: number) => void
export let moveRevision: (row: Instance, step: number) => void
export let watchOf: (row: Instance) => Watch | undefined
export let presenceOf: (row: Instance) => Signal<boolean>
let read: (row: Instance, slot: number) => unknown
let readComputed: (row: Instance, slot: number, derive: (model: never) => unknown) => unknown

/**
 * A live model or row. Its class is made per definition (`classOf`), with an accessor per field on the prototype; an
 * instance is four words and an array of values, and grows signals only where it is read.
 */
export class Instance {
  readonly #home: Home
  readonly #id: string
  #ordinal: number
  #revision = 0
  readonly #slots: unknown[]
  #watch: Watch | undefined = undefined

  static {
    homeOf = (row) => row.#home
    idOf = (row) => row.#id
    ordinalOf = (row) => row.#ordinal
    setOrdinal = (row, ordinal) => {
      row.#ordinal = ordinal
    }
    slotsOf = (row) => row.#slots
    putSlot = (row, slot, value, step) => {
      row.#slots[slot] = value
      row.#revision += step
    }
    moveRevision = (row, step) => {
      row.#revision += step
    }
    watchOf = (row) => row.#watch
    presenceOf = (row) => {
      row.#watch ??= new Watch()
      row.#watch.presence ??= signal(row.#ordinal >= 0)
      return row.#watch.presence
    }
    read = (row, slot) => {
      // The cell only says who must hear of a change; the slot has the value (the two differ where === cannot tell).
      const cell = row.#watch?.cells[slot]
      if (cell !== undefined) void cell.value
      else {
        row.#watch ??= new Watch()
        row.#watch.cells[slot] = signal(row.#slots[slot])
        void row.#watch.cells[slot].value
      }
      return row.#slots[slot]
    }
    readComputed = (row, slot, derive) => {
      row.#watch ??= new Watch()
      let cell = row.#watch.cells[slot]
      if (cell === undefined) {
        cell = computed(() => derive(row as never))
        row.#watch.cells[slot] = cell
      }
      return cell.value
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
    this.#home.assign(this, values)
  }

  peek(field: string): unknown {
    const { slotOf, computed } = this.#home.shape
    const slot = slotOf.get(field)
    if (slot !== undefined) return this.#slots[slot]
    return computed.find(([name]) => name === field)?.[1](new (viewOf(this.#home.shape))(this) as never)
  }

  reset(): void {
    this.#home.restore(this)
  }

  toJSON(): Record<string, unknown> {
    const { fields, redact } = this.#home.shape
    const plain: Record<string, unknown> = {}
    for (let slot = 0; slot < fields.length; slot++) {
      const { name } = fields[slot] as { name: string }
      plain[name] = redact.size > 0 && redact.has(name) ? REDACTED : this.#slots[slot]
    }
    return Object.freeze(plain)
  }

  listen(fn: () => void): () => void {
    this.#watch ??= new Watch()
    const watch = this.#watch
    watch.listeners = [...(watch.listeners ?? []), fn]
    return () => {
      watch.listeners = without(watch.listeners, fn)
    }
  }
}

/** A list without the first entry that is `fn`; undefined when nothing is left. */
export function without<T>(list: readonly T[] | undefined, fn: T): readonly T[] | undefined {
  const at = list?.indexOf(fn) ?? -1
  if (list === undefined || at < 0) return list
  return list.length === 1 ? undefined : list.toSpliced(at, 1)
}

/** Names a field cannot have: an instance or a draft answers to them. */
export const MEMBERS = {
  has: (name: string): boolean => name in Instance.prototype || ['commit', 'rebase', 'changes'].includes(name),
}

function write(row: Instance, slot: number, input: unknown): void {
  const home = homeOf(row)
  const { host } = home
  home.mayWrite(row)
  const old = slotsOf(row)[slot]
  if (Object.is(input, old)) return
  const verdict = accept(home.shape.fields[slot] as never, input)
  if (verdict.issues !== undefined) throw home.invalid(verdict.issues, input)
  const { value } = verdict
  if (Object.is(value, old)) return
  if (host.open > 0) {
    host.log.push(home, row, slot, old)
    home.place(row, slot, value)
    home.tell(row, slot)
  } else host.single(home, row, slot, old, value)
}

/** The class of one definition's instances. */
export function classOf(shape: Pick<Shape, 'fields' | 'computed'>): Shape['Instance'] {
  const Class = class extends Instance {}
  shape.fields.forEach(({ name }, slot) => {
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
  shape.computed.forEach(([name, derive], i) => {
    Object.defineProperty(Class.prototype, name, {
      enumerable: true,
      get(this: Instance) {
        return readComputed(this, shape.fields.length + i, derive)
      },
    })
  })
  return Class
}

// A view shows a row to checks and index functions: the same names, read without making or asking any signal.
type View = new (row: Instance) => object
const views = /* @__PURE__ */ new WeakMap<object, View>()

/** The class of views of one definition. */
export function viewOf(shape: Shape): View {
  let Class = views.get(shape)
  if (Class === undefined) {
    Class = class {
      readonly #row: Instance
      static {
        const rowOf = (view: object) => slotsOf((view as InstanceType<typeof this>).#row)
        shape.fields.forEach(({ name }, slot) => {
          Object.defineProperty(this.prototype, name, {
            get(this: object) {
              return rowOf(this)[slot]
            },
          })
        })
        for (const [name, derive] of shape.computed) {
          Object.defineProperty(this.prototype, name, {
            get(this: object) {
              return derive(this as never)
            },
          })
        }
      }
      constructor(row: Instance) {
        this.#row = row
      }
    }
    views.set(shape, Class)
  }
  return Class
}
