import {
  type Change,
  type Definition,
  EntryRefused,
  type Holder,
  type Host,
  type Issue,
  type Member,
  type Stored,
} from '../ports/host.ts'
import { migrate } from '../ports/migrate.ts'
import { isRedacted, REDACTED } from '../ports/redacted.ts'
import type { Shape } from './define-model.ts'
import { DraftHost, draftOf } from './draft.ts'
import { errors, type ValidationError } from './errors.ts'
import { accept, type Field } from './field.ts'
import { type Instance, idOf, ordinalOf, putSlot, slotsOf, viewOf, watchOf } from './instance.ts'

/** What all instances of one definition in one store share, and how the store's transactions handle them. */
export class Home implements Holder<Instance> {
  readonly host: Host
  readonly definition: Definition
  readonly shape: Shape

  constructor(host: Host, definition: Definition, shape: Shape) {
    this.host = host
    this.definition = definition
    this.shape = shape
  }

  get careful(): boolean {
    return this.shape.check !== undefined
  }

  /** Throws when `row` is deleted, or must not be written now. */
  mayWrite(row: Instance): void {
    if (this.host.gate !== 0) this.host.refuse(this, row)
    if (ordinalOf(row) < 0) throw errors.ROW_DELETED({ model: this.shape.name, id: idOf(row) })
  }

  /** The error for refused values; says nothing of a redacted one. */
  invalid(issues: readonly Issue[], value: unknown): ValidationError {
    const { name, redact } = this.shape
    const hidden = (field: unknown) => redact.has(field as string)
    const field = issues[0]?.path[0] as string | undefined
    return errors.MODEL_INVALID({
      model: name,
      field,
      value: hidden(field) ? REDACTED : value,
      issues: issues.map((issue) =>
        hidden(issue.path[0]) ? { path: issue.path.slice(0, 1), message: 'is not valid (redacted)' } : issue,
      ),
    })
  }

  /** Validates several fields; throws one error with every issue. Answers slots and values in turn. */
  check(values: Record<string, unknown>): unknown[] {
    const { fields, slotOf } = this.shape
    const accepted: unknown[] = []
    let issues: Issue[] | undefined
    // Callers mostly name fields in definition order, so the next one is a better guess than a look-up.
    let guess = 0
    for (const name of Object.keys(values)) {
      const slot = fields[guess]?.name === name ? guess : slotOf.get(name)
      if (slot === undefined) {
        issues ??= []
        issues.push({ path: [name], message: 'is not a field of this model' })
        continue
      }
      guess = slot + 1
      const verdict = accept(fields[slot] as Field, values[name])
      if (verdict.issues === undefined) accepted.push(slot, verdict.value)
      else issues = [...(issues ?? []), ...verdict.issues]
    }
    if (issues !== undefined) {
      const first = issues[0]?.path[0] as string
      throw this.invalid(issues, values[first])
    }
    return accepted
  }

  /** `set`: all or none. */
  assign(row: Instance, values: Record<string, unknown>): void {
    this.mayWrite(row)
    this.putAll(row, this.check(values))
  }

  /** Back to the initial values. */
  restore(row: Instance): void {
    this.mayWrite(row)
    this.assignSlots(row, this.shape.initial)
  }

  /** Every slot at once, from accepted values. */
  assignSlots(row: Instance, slots: readonly unknown[]): void {
    this.putAll(
      row,
      slots.flatMap((value, slot) => [slot, value]),
    )
  }

  /** Writes accepted values, slots and values in turn, as one commit. */
  putAll(row: Instance, accepted: readonly unknown[]): void {
    const { host } = this
    const slots = slotsOf(row)
    const differs = (at: number) => !Object.is(slots[accepted[at] as number], accepted[at + 1])
    let at = 0
    while (at < accepted.length && !differs(at)) at += 2
    if (at >= accepted.length) return
    host.run(() => {
      for (; at < accepted.length; at += 2) {
        if (!differs(at)) continue
        const slot = accepted[at] as number
        host.log.push(this, row, slot, slots[slot])
        this.place(row, slot, accepted[at + 1])
        this.tell(row, slot)
      }
    })
  }

  keyOf(row: Instance): string {
    const id = idOf(row)
    return id === '' ? this.definition.key : `${this.definition.key}/${id}`
  }

  place(row: Instance, slot: number, value: unknown): void {
    putSlot(row, slot, value, 1)
  }

  tell(row: Instance, slot: number): void {
    const cell = watchOf(row)?.cells[slot]
    if (cell !== undefined) (cell as { value: unknown }).value = slotsOf(row)[slot]
  }

  undo(row: Instance, slot: number, old: unknown): void {
    putSlot(row, slot, old, -1)
    this.tell(row, slot)
  }

  verify(row: Instance): void {
    const verdict = this.ruled(row)
    if (verdict !== undefined) throw this.invalid([verdict], this.plain(row, true))
  }

  /** What the cross-field check has against `row`. */
  ruled(row: Instance): Issue | undefined {
    const verdict = this.shape.check?.(new (viewOf(this.shape))(row) as never)
    if (verdict === undefined || verdict === true) return undefined
    return { path: [], message: verdict || 'its check failed' }
  }

  encode(row: Instance, outward: boolean): Stored | undefined {
    const o = ordinalOf(row)
    if (o < 0) return undefined
    const d = this.plain(row, outward)
    return this.definition.many ? { v: this.shape.version, d, o } : { v: this.shape.version, d }
  }

  /** The stored fields as an object. */
  plain(row: Instance, outward: boolean): Record<string, unknown> {
    const { fields, redact, transient } = this.shape
    const slots = slotsOf(row)
    const plain: Record<string, unknown> = {}
    for (let slot = 0; slot < fields.length; slot++) {
      const { name } = fields[slot] as Field
      if (transient.size > 0 && transient.has(name)) continue
      plain[name] = outward && redact.size > 0 && redact.has(name) ? REDACTED : slots[slot]
    }
    return plain
  }

  change(row: Instance, slot: number, old: unknown, outward: boolean): Change {
    const { name } = this.shape.fields[slot] as Field
    const hide = outward && this.shape.redact.has(name)
    const [before, after] = hide ? [REDACTED, REDACTED] : [old, slotsOf(row)[slot]]
    return { key: this.keyOf(row), field: name, before, after }
  }

  listeners(row: Instance): readonly (() => void)[] | undefined {
    return watchOf(row)?.listeners
  }

  all(): readonly (() => void)[] | undefined {
    return undefined
  }

  settle(_row: Instance): void {}

  draft(row: Instance) {
    return draftOf(this, row, new Home(new DraftHost() as unknown as Host, this.definition, this.shape))
  }

  /**
   * The values of a stored entry, by slot. What it lacks starts from the initial value; what it must not say (transient
   * fields, redaction markers) stays as in `current`. Throws `EntryRefused`.
   */
  parse(stored: Stored, current: readonly unknown[]): unknown[] {
    const { name, version, fields, initial, redact, transient } = this.shape
    const from = migrate(name, version, this.shape.migrate, stored) as Record<string, unknown>
    if (typeof from !== 'object' || from === null) throw new EntryRefused([{ path: [], message: 'is not an object' }])
    const slots: unknown[] = []
    let issues: Issue[] | undefined
    for (let slot = 0; slot < fields.length; slot++) {
      const field = fields[slot] as Field
      const input = from[field.name]
      if (transient.size > 0 && transient.has(field.name)) slots.push(current[slot])
      else if (input === undefined && !Object.hasOwn(from, field.name)) slots.push(initial[slot])
      else if (field.fits?.(input)) slots.push(input)
      else if (redact.size > 0 && redact.has(field.name) && isRedacted(input)) slots.push(current[slot])
      else {
        const verdict = accept(field, input)
        if (verdict.issues === undefined) slots.push(verdict.value)
        else issues = [...(issues ?? []), ...verdict.issues]
      }
    }
    if (issues !== undefined) throw new EntryRefused(this.invalid(issues, undefined).issues)
    return slots
  }

  /** Throws `EntryRefused` when a loaded row breaks the cross-field check. */
  admit(row: Instance): void {
    const verdict = this.ruled(row)
    if (verdict !== undefined) throw new EntryRefused([verdict])
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

  load(_id: string, stored: Stored, silent: boolean): void {
    const { holder, live } = this
    const slots = holder.parse(stored, slotsOf(live))
    if (silent) {
      holder.admit(new holder.shape.Instance(holder, '', 0, slots))
      slots.forEach((value, slot) => {
        putSlot(live, slot, value, 0)
      })
    } else holder.assignSlots(live, slots)
  }

  reset(): void {
    this.holder.restore(this.live)
  }

  each(visit: (entity: object) => void): void {
    visit(this.live)
  }

  entity(handle: object): object | undefined {
    return handle === this.live ? handle : undefined
  }
}
