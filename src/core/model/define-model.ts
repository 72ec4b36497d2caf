import { type Definition, type Host, type Member, said } from '../ports/host.ts'
import { errors } from './errors.ts'
import { accept, defineField, type Field, type StandardSchemaV1 } from './field.ts'
import { ModelMember } from './home.ts'
import { classOf, type Instance, isMember } from './instance.ts'
import { CollectionMember } from './rows.ts'
import { Refused } from './sealed.ts'
import type { Collection, Model, Row } from './types.ts'

/** Fields by name, each a synchronous Standard Schema. */
export type Fields = Record<string, StandardSchemaV1>

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]
type Loose<T> = { [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & { [K in OptionalKeys<T>]?: T[K] }
type Flat<T> = { [K in keyof T]: T[K] } & {}

/** What may be written: what each schema takes in. Fields that take undefined may be left out. */
export type Input<F extends Fields> = Flat<Loose<{ -readonly [K in keyof F]: StandardSchemaV1.InferInput<F[K]> }>>

/** What is read: what each schema gives out. */
export type Output<F extends Fields> = { -readonly [K in keyof F]: StandardSchemaV1.InferOutput<F[K]> }

/** Derived values, each a function of the fields (and of other derived values, at run time). */
export type Computed<F extends Fields> = Record<string, (model: Readonly<Output<F>>) => unknown>

type Derived<C> = { readonly [K in keyof C]: C[K] extends (...args: never[]) => infer R ? R : never }

/** The rest of a model's definition. */
export interface ModelOptions<F extends Fields, C extends Computed<F>> {
  /** The first value of every field. Validated once, here. */
  initial: Input<F>
  /** Read-only values derived from the fields, made when first read and again when what they read changed. */
  computed?: C & Computed<NoInfer<F>>
  /** A rule across fields: true, or words that say what is wrong. Asked once at the end of each commit that wrote it. */
  check?: (model: Readonly<Output<F>> & Derived<C>) => boolean | string
  /** Of the stored form, from 1. */
  version?: number
  /** By version, a step from that version's stored data to the next one's. */
  migrate?: Record<number, (old: Record<string, unknown>) => Record<string, unknown>>
  /** Fields whose values stay inside: a marker stands for them in records, errors, snapshots and tools. */
  redact?: readonly (keyof F & string)[]
  /** Fields that tools may show although their name looks like a secret's. */
  expose?: readonly (keyof F & string)[]
  /** Fields that are never stored. */
  transient?: readonly (keyof F & string)[]
  /** False keeps the model out of storage. */
  persist?: boolean
}

/** What `defineModel` answers. */
export interface ModelDefinition<F extends Fields = Fields, C extends Computed<F> = Computed<F>>
  extends Definition<Model<F, C>> {
  readonly kind: 'model'
  readonly fields: F
  readonly redact: ReadonlySet<string>
  readonly expose: ReadonlySet<string>
  /** @internal Of a collection of it. */
  readonly shape: Shape
  /** Makes the collection of it inside a store. */
  makeMany(host: Host, definition: Definition, index: Indexes): Member<Collection<Row<F, C>, Input<F>>>
}

/** Index functions by name. */
export type Indexes = Record<string, (row: never) => unknown>

/** A definition made ready: everything instances share. */
export interface Shape {
  readonly name: string
  readonly fields: readonly Field[]
  readonly slotOf: ReadonlyMap<string, number>
  readonly initial: readonly unknown[]
  readonly computed: readonly (readonly [name: string, derive: (model: never) => unknown])[]
  readonly check: ((model: never) => boolean | string) | undefined
  readonly version: number
  readonly migrate: Record<number, (old: Record<string, unknown>) => Record<string, unknown>>
  readonly redact: ReadonlySet<string>
  readonly expose: ReadonlySet<string>
  readonly transient: ReadonlySet<string>
  readonly Instance: new (...args: ConstructorParameters<typeof Instance>) => Instance
}

/**
 * Defines a model: a typed record whose every write is validated before it happens.
 *
 * @param name Names it in storage, errors and tools: a letter, then letters, digits, `_`, `.` or `-`.
 * @param fields A synchronous Standard Schema (valibot, zod, arktype, …) per field. A schema must accept its own
 *   output unchanged, because stored values are validated again when read.
 * @throws DefinitionError listing everything that is wrong.
 * @example
 * ```ts
 * const Telemetry = defineModel('telemetry', {
 *   temperature: v.pipe(v.number(), v.minValue(-40), v.maxValue(125)),
 *   unit: v.picklist(['C', 'F']),
 * }, { initial: { temperature: 20, unit: 'C' } })
 * ```
 * State models with validated setters are an idea of Myosin's.
 */
export function defineModel<const F extends Fields, C extends Computed<F> = Record<never, never>>(
  name: string,
  fields: F,
  options: ModelOptions<F, C>,
): ModelDefinition<F, C> {
  const shape = compile(name, fields, options)
  const definition: ModelDefinition<F, C> = {
    kind: 'model',
    name,
    version: shape.version,
    persist: options.persist !== false,
    key: `model/${name}`,
    many: false,
    fields,
    redact: shape.redact,
    expose: shape.expose,
    shape,
    make: (host) => new ModelMember(host, definition, shape) as unknown as Member<Model<F, C>>,
    makeMany: (host, many, index) =>
      new CollectionMember(host, many, shape, index) as unknown as Member<Collection<Row<F, C>, Input<F>>>,
  }
  return Object.freeze(definition)
}

const NAME = /^[A-Za-z][\w.-]*$/

function compile<F extends Fields, C extends Computed<F>>(name: string, fields: F, options: ModelOptions<F, C>): Shape {
  const problems: string[] = []
  const names = Object.keys(fields)
  const computed = Object.entries(options.computed ?? {})
  const { version = 1, redact = [], transient = [], expose = [] } = options
  if (!NAME.test(name)) problems.push('its name must match [A-Za-z][\\w.-]*')
  if (!Number.isInteger(version) || version < 1) problems.push('version must be a whole number from 1')
  for (const field of [...names, ...computed.map(([key]) => key)]) {
    if (/^(\$|__)/.test(field) || isMember(field)) problems.push(`"${field}" is a reserved name`)
  }
  for (const [key] of computed) if (key in fields) problems.push(`"${key}" is both a field and computed`)
  for (const field of [...redact, ...transient, ...expose]) {
    if (!(field in fields)) problems.push(`"${field}" is not a field`)
  }
  const compiled = names.map((key) => defineField(key, fields[key] as StandardSchemaV1))
  const given = (options.initial ?? {}) as Record<string, unknown>
  for (const key of Object.keys(given)) if (!(key in fields)) problems.push(`initial has an unknown field "${key}"`)
  const hidden = new Set<string>(redact)
  const initial = compiled.map((field) => initialOf(field, given[field.name], problems, hidden.has(field.name)))
  if (problems.length > 0) throw errors.MODEL_DEFINITION({ model: name, problems })
  const half = {
    name,
    version,
    fields: compiled,
    initial,
    computed,
    slotOf: new Map(names.map((key, slot) => [key, slot])),
    check: options.check as Shape['check'],
    migrate: options.migrate ?? {},
    redact: hidden,
    expose: new Set<string>(expose),
    transient: new Set<string>(transient),
  }
  return { ...half, Instance: classOf(half) }
}

/** The first value of a field, and whether its schema keeps the promise every stored value relies on. */
function initialOf(field: Field, input: unknown, problems: string[], hidden: boolean): unknown {
  const words = ({ issues }: Refused) => (hidden ? `${field.name}: is not valid (redacted)` : said(issues))
  const first = accept(field, input)
  if (first instanceof Refused) {
    problems.push(`initial ${words(first)}`)
    return undefined
  }
  const again = accept(field, first)
  if (again instanceof Refused) problems.push(`does not accept its own output: ${words(again)}`)
  else if (!alike(first, again)) problems.push(`"${field.name}" changes its own output`)
  return first
}

/** Do two values read the same? What has no text (a cycle, a bigint) gets the benefit of the doubt. */
function alike(a: unknown, b: unknown): boolean {
  const text = (value: unknown) => JSON.stringify(value, (_, v) => (v instanceof Map || v instanceof Set ? [...v] : v))
  try {
    return Object.is(a, b) || (typeof a === 'object' && text(a) === text(b))
  } catch {
    return true
  }
}
