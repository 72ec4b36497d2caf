import {
  type Change,
  type Definition,
  EntryRefused,
  type FieldHolder,
  type Host,
  type Member,
  type Source,
  type Stored,
} from '../ports/host.ts'
import { migrate } from '../ports/migrate.ts'
import { isRedacted, REDACTED } from '../ports/redacted.ts'
import type { Shape } from './define-model.ts'
import { DraftHost, draftOf } from './draft.ts'
import { errors, type ValidationError } from './errors.ts'
import { accept, type Field } from './field.ts'
import { type Instance, idOf, ordinalOf, putSlot, quiet, quietly, slotsOf, toldOf, watchOf } from './instance.ts'
import { Refused } from './sealed.ts'

type Issues = Refused['issues']

// Stands for a slot that keeps its value.
export const KEEP = /* @__PURE__ */ Symbol()

/** What all instances of one definition in one store share, and how the store's transactions handle them. */
export class Home implements FieldHolder<Instance> {
  readonly host: Host
  readonly definition: Definition
  readonly shape: Shape
  careful: boolean
  listeners: readonly (() => void)[] | undefined = undefined

  constructor(host: Host, definition: Definition, shape: Shape) {
    this.host = host
    this.definition = definition
    this.shape = shape
    this.careful = shape.check !== undefined
  }

  get names(): readonly string[] {
    return [...this.shape.slotOf.keys()]
  }

  get hidden(): ReadonlySet<string> {
    return this.shape.redact
  }

  /** Throws when `row` is deleted, or must not be written now. */
  mayWrite(row: Instance): void {
    if (quiet > 0) throw errors.RULE_WRITES({ model: this.shape.name })
    if (this.host.gate !== 0) this.host.refuse(this, row)
    if (ordinalOf(row) < 0) throw errors.ROW_DELETED({ model: this.shape.name, id: idOf(row) })
  }

  /** What a field answered to `input`, unless it refused. */
  accepted(answer: unknown, input: unknown): unknown {
    if (answer instanceof Refused) throw this.invalid(answer.issues, input)
    return answer
  }

  /** The error for refused values; says nothing of a redacted one. */
  invalid(issues: Issues, value: unknown): ValidationError {
    const { name, redact } = this.shape
    const field = issues[0]?.path[0] as string | undefined
    return errors.MODEL_INVALID({
      model: name,
      field,
      value: redact.has(field as string) ? REDACTED : value,
      issues: this.discreet(issues),
    })
  }

  /** Issues without what they might quote of a redacted value. */
  discreet(issues: Issues): Issues {
    return issues.map((issue) =>
      this.shape.redact.has(issue.path[0] as string)
        ? { path: issue.path.slice(0, 1), message: 'is not valid (redacted)' }
        : issue,
    )
  }

  /** Validates some fields; throws one error with every issue. Answers values by slot, KEEP for the others. */
  check(values: Record<string, unknown>): unknown[] {
    const { fields, slotOf } = this.shape
    const slots: unknown[] = []
    let issues: Issues = []
    for (const name in values) {
      // Callers mostly name fields in definition order, so the next one is a better guess than a look-up.
      let at: number | undefined = slots.length
      if (fields[at]?.name !== name) at = slotOf.get(name)
      if (at === undefined) {
        issues = [...issues, { path: [name], message: 'is not a field of this model' }]
        continue
      }
      const answer = accept(fields[at] as Field, values[name])
      while (slots.length < at) slots.push(KEEP)
      slots[at] = answer
      if (answer instanceof Refused) issues = [...issues, ...answer.issues]
    }
    if (issues.length > 0) throw this.invalid(issues, values[issues[0]?.path[0] as string])
    return slots
  }

  /** Writes accepted values by slot, as one commit. */
  putAll(row: Instance, values: readonly unknown[]): void {
    const slots = slotsOf(row)
    const changed = (value: unknown, slot: number) => value !== KEEP && !Object.is(slots[slot], value)
    if (!values.some(changed)) return
    this.host.run(() => {
      for (let slot = 0; slot < values.length; slot++) {
        const value = values[slot]
        if (changed(value, slot)) this.logged(row, slot, value)
      }
    })
  }

  logged(row: Instance, slot: number, value: unknown): void {
    this.host.log.push(this, row, slot, slotsOf(row)[slot])
    putSlot(row, slot, value, 1)
    this.tell(row, slot)
  }

  place(row: Instance, slot: number, value: unknown): void {
    putSlot(row, slot, value, 1)
  }

  tell(row: Instance, slot: number): void {
    const cell = watchOf(row)?.cells[slot]
    if (cell !== undefined) (cell as { value: unknown }).value = toldOf(slotsOf(row)[slot])
  }

  undo(row: Instance, slot: number, old: unknown): void {
    putSlot(row, slot, old, -1)
    this.tell(row, slot)
  }

  verify(row: Instance): void {
    const issues = ordinalOf(row) < 0 ? undefined : this.ruled(row)
    if (issues !== undefined) throw this.invalid(issues, this.plain(row, true))
  }

  /** What the cross-field check has against `row`. */
  ruled(row: Instance): Issues | undefined {
    const { check } = this.shape
    const verdict = check === undefined || quietly(check, row)
    return verdict === true ? undefined : [{ path: [], message: verdict || 'its check failed' }]
  }

  keyOf(row: Instance): string {
    const { many, key } = this.definition
    return many ? `${key}/${idOf(row)}` : key
  }

  encode(row: Instance, outward: boolean): Stored | undefined {
    const o = ordinalOf(row)
    if (o < 0) return undefined
    const v = this.shape.version
    const d = this.plain(row, outward)
    return this.definition.many ? { v, d, o } : { v, d }
  }

  /** The stored fields as an object. */
  plain(row: Instance, outward: boolean): Record<string, unknown> {
    const { fields, redact, transient } = this.shape
    const slots = slotsOf(row)
    const plain: Record<string, unknown> = {}
    for (let slot = 0; slot < fields.length; slot++) {
      const { name } = fields[slot] as Field
      if (!transient.has(name)) plain[name] = outward && redact.has(name) ? REDACTED : slots[slot]
    }
    return plain
  }

  change(row: Instance, slot: number, old: unknown, outward: boolean): Change {
    const { name } = this.shape.fields[slot] as Field
    const hide = outward && this.shape.redact.has(name)
    const [before, after] = hide ? [REDACTED, REDACTED] : [old, slotsOf(row)[slot]]
    return { key: this.keyOf(row), field: name, before, after }
  }

  heard(row: Instance): readonly (() => void)[] | undefined {
    return watchOf(row)?.listeners
  }

  settle(_row: Instance): void {}

  shown(row: Instance): unknown {
    return row.toJSON()
  }

  draft(row: Instance) {
    return draftOf(this, row, new Home(new DraftHost() as unknown as Host, this.definition, this.shape))
  }

  /** The data of a stored entry, in the present version. */
  data(stored: Stored): Record<string, unknown> {
    const { name, version, migrate: steps } = this.shape
    const data = migrate(name, version, steps, stored)
    if (typeof data !== 'object' || data === null) throw new EntryRefused([{ path: [], message: 'is not an object' }])
    return data as Record<string, unknown>
  }

  /** True when every field of `data` is there and fits as it is: it needs no more validation, now or later. */
  fits(data: Record<string, unknown>): boolean {
    const { fields, transient } = this.shape
    return transient.size === 0 && fields.every(({ name, fits }) => fits?.(data[name]) && name in data)
  }

  /**
   * The values of stored data, by slot. What it lacks starts from the initial value; what it must not say (transient
   * fields, redaction markers) stays as in `current`. Of a peer it may be a part: what it lacks stays. Throws
   * `EntryRefused`.
   */
  parse(data: Record<string, unknown>, current: readonly unknown[], from?: Source): unknown[] {
    const { fields, initial, redact, transient } = this.shape
    let issues: Issues = []
    const slots = fields.map((field, slot) => {
      const { name } = field
      const input = data[name]
      if (redact.has(name) && isRedacted(input)) return current[slot]
      if (from === 'peer' ? !Object.hasOwn(data, name) : transient.has(name)) return current[slot]
      if (!Object.hasOwn(data, name)) return initial[slot]
      const answer = accept(field, input)
      if (answer instanceof Refused) issues = [...issues, ...answer.issues]
      return answer
    })
    if (issues.length > 0) throw new EntryRefused(this.discreet(issues))
    return slots
  }

  /** A row of loaded values, unless it breaks the cross-field check. */
  admit(id: string, ordinal: number, slots: unknown[]): Instance {
    const row = new this.shape.Instance(this, id, ordinal, slots)
    const issues = this.ruled(row)
    if (issues !== undefined) throw new EntryRefused(issues)
    return row
  }
}

/** One model in one store. */
export class ModelMember implements Member<Instance> {
  readonly live: Instance
  readonly holder: Home

  constructor(host: Host, definition: Definition, shape: Shape) {
    this.holder = new Home(host, definition, shape)
    this.live = new shape.Instance(this.holder, '', 0, shape.initial.slice())
  }

  load(_id: string, stored: Stored, from: Source): void {
    const { holder, live } = this
    const slots = holder.parse(holder.data(stored), slotsOf(live), from)
    holder.admit('', 0, slots)
    if (from === 'commit' || from === 'peer') holder.putAll(live, slots)
    else for (const slot of slots.keys()) putSlot(live, slot, slots[slot], 0)
  }

  reset(): void {
    this.live.reset()
  }

  drop(): void {
    this.live.reset()
  }

  each(visit: (entity: object) => void): void {
    visit(this.live)
  }

  entity(handle: object): object | undefined {
    return handle === this.live ? handle : undefined
  }
}
