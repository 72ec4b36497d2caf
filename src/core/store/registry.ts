import {
  type Definition,
  EntryRefused,
  type Holder,
  type Host,
  type Issue,
  type Member,
  type Source,
  type Stored,
} from '../ports/host.ts'
import { errors } from './errors.ts'

/** Entries by storage key. */
export type Entries = ReadonlyMap<string, unknown>

/** A stored entry that does not fit its definition. */
export interface Invalid {
  readonly key: string
  readonly value: unknown
  readonly issues: readonly Issue[]
}

/**
 * What becomes of stored data that does not validate: `throw` refuses to open; `quarantine` keeps it under
 * `quarantine/…` and starts from `initial`; a function decides for each, or answers better data (of the present version).
 */
export type OnInvalid =
  | 'throw'
  | 'quarantine'
  | ((invalid: Invalid) => 'throw' | 'quarantine' | { readonly use: unknown })

/** The definitions of one store, what became of them, and the stored entries nobody has claimed yet. */
export class Registry {
  readonly #host: Host
  readonly #members = new Map<Definition<unknown>, Member>()
  readonly #byKey = new Map<string, Member>()
  // Entries of definitions that are not registered, by key up to the id: for `load`, later.
  readonly #unclaimed = new Map<string, Map<string, unknown>>()

  constructor(host: Host) {
    this.#host = host
  }

  has(definition: Definition<unknown>): boolean {
    return this.#members.has(definition)
  }

  members(): Iterable<Member> {
    return this.#members.values()
  }

  member(definition: Definition<unknown>, store: string): Member {
    const member = this.#members.get(definition)
    if (member === undefined) throw errors.NOT_REGISTERED({ store, definition: nameOf(definition) })
    return member
  }

  /** The member a handle (its definition, or the live thing) stands for. */
  find(handle: object): Member | undefined {
    return this.#members.get(handle as Definition) ?? [...this.#members.values()].find(({ live }) => live === handle)
  }

  /** The model or row a handle stands for. */
  entity(handle: object): { entity: object; holder: Holder } | undefined {
    const own = this.#members.get(handle as Definition)
    for (const member of own ? [own] : this.#members.values()) {
      const entity = member.entity(own ? (member.live as object) : handle)
      if (entity !== undefined) return { entity, holder: member.holder }
    }
    return undefined
  }

  /** Takes stored entries into care until their definitions come. */
  keep(entries: Entries): void {
    // Entries of one collection mostly follow each other: the prefix of the last key is the best guess for the next.
    let prefix = '/'
    let group = new Map<string, unknown>()
    for (const [key, value] of entries) {
      if (!key.startsWith(prefix)) {
        const at = key.indexOf('/', key.indexOf('/') + 1)
        const base = at < 0 ? key : key.slice(0, at)
        group = this.#unclaimed.get(base) ?? new Map()
        this.#unclaimed.set(base, group)
        prefix = `${base}/`
      }
      group.set(key.slice(prefix.length), value)
    }
  }

  /**
   * Makes members of definitions and loads what is stored for them; all or none.
   * Answers the entries put aside, and those that came from `snapshot`.
   */
  register(
    definitions: readonly Definition<unknown>[],
    snapshot: Readonly<Record<string, Stored>>,
    onInvalid: OnInvalid,
  ) {
    const made = new Map<Definition<unknown>, Member>()
    for (const definition of definitions) {
      if (this.#members.has(definition) || made.has(definition)) continue
      if (this.#byKey.has(definition.key) || [...made.keys()].some(({ key }) => key === definition.key)) {
        throw errors.STORE_NAME_TAKEN({ store: this.#host.name, definition: definition.name })
      }
      made.set(definition, definition.make(this.#host))
    }
    const came: [Member, string][] = []
    const given = new Registry(this.#host)
    given.keep(new Map(Object.entries(snapshot)))
    const bad: Invalid[] = []
    const aside: Invalid[] = []
    for (const [definition, member] of made) {
      const fresh = new Set<string>()
      // What was stored before it was kept out of storage stays there, unread.
      const stored = definition.persist ? this.#entriesOf(definition) : new Map<string, unknown>()
      for (const [id, value] of given.#entriesOf(definition)) {
        if (!stored.has(id) && load(member, id, value as Stored, bad, aside, 'throw', 'snapshot')) fresh.add(id)
      }
      for (const [id, value] of stored) load(member, id, value as Stored, bad, aside, onInvalid)
      for (const id of definition.persist ? fresh : []) came.push([member, keyOf(definition, id)])
    }
    if (bad.length > 0) throw errors.HYDRATION({ entries: bad.map(({ key, issues }) => ({ key, issues })) })
    for (const [definition, member] of made) {
      this.#members.set(definition, member)
      this.#byKey.set(definition.key, member)
      this.#unclaimed.delete(definition.key)
      member.loaded?.()
    }
    return { quarantined: aside, filled: storedFormOf(came) }
  }

  /** Becomes what the entries say, as part of the commit under way; throws one error for all that do not fit. */
  apply(entries: Entries): void {
    const given = new Registry(this.#host)
    given.keep(entries)
    const bad: Invalid[] = []
    for (const [definition, member] of this.#members) {
      const mine = given.#entriesOf(definition)
      for (const [id, value] of mine) load(member, id, value as Stored, bad, bad, 'throw', 'commit')
      if (definition.many) member.reset(new Set(mine.keys()))
    }
    if (bad.length > 0) throw errors.HYDRATION({ entries: bad.map(({ key, issues }) => ({ key, issues })) })
    for (const member of this.#members.values()) member.loaded?.()
  }

  /** A free key in quarantine for what had `key`. */
  asideKey(key: string): string {
    const base = key.slice(0, key.indexOf('/'))
    const taken = this.#unclaimed.get(`quarantine/${base}`)
    const name = key.slice(base.length + 1)
    let free = name
    for (let n = 2; taken?.has(free); n++) free = `${name}~${n}`
    return `quarantine/${base}/${free}`
  }

  /** The storage keys that a reset of `member` forgets although no write of it does. */
  forgotten({ holder: { definition } }: Member): string[] {
    return definition.many || definition.key.startsWith('machine/') ? [] : [definition.key]
  }

  dispose(): void {
    for (const member of this.#members.values()) member.dispose?.()
  }

  #entriesOf({ key, many }: Definition<unknown>): ReadonlyMap<string, unknown> {
    const group = this.#unclaimed.get(key) ?? new Map<string, unknown>()
    // A model's entry is no row of a collection that has its name now, nor the reverse: it stays where it is.
    if (many && !group.has('')) return group
    return new Map([...group].filter(([id]) => (id !== '') === many))
  }
}

/** What to call something in an error. A row's `name` may be a secret; a definition's is not. */
export function nameOf(handle: unknown): string {
  const { name, make } = (handle ?? {}) as Partial<Definition>
  return make === undefined ? 'what was given' : String(name)
}

const keyOf = ({ key }: Definition<unknown>, id: string) => (id === '' ? key : `${key}/${id}`)

/** What of the members is under these keys, as it is to be stored. */
function storedFormOf(keys: readonly (readonly [Member, string])[]): Map<string, unknown> {
  const wanted = new Set(keys.map(([, key]) => key))
  const entries = new Map<string, unknown>()
  for (const member of new Set(keys.map(([member]) => member))) {
    const { holder } = member
    member.each((entity) => {
      const key = holder.keyOf(entity)
      if (wanted.has(key)) entries.set(key, holder.encode(entity, false))
    })
  }
  return entries
}

/** Loads one entry, or notes why not; answers whether it was loaded. */
function load(
  member: Member,
  id: string,
  value: Stored,
  bad: Invalid[],
  aside: Invalid[],
  onInvalid: OnInvalid,
  from: Source = 'storage',
): boolean {
  try {
    member.load(id, value, from)
    return true
  } catch (error) {
    if (!(error instanceof EntryRefused)) throw error
    const invalid: Invalid = { key: keyOf(member.holder.definition, id), value, issues: error.issues }
    const verdict = error.final ? 'throw' : typeof onInvalid === 'function' ? onInvalid(invalid) : onInvalid
    if (verdict === 'throw') bad.push(invalid)
    else if (verdict === 'quarantine') aside.push(invalid)
    else {
      const better = { ...value, v: member.holder.definition.version, d: verdict.use }
      return load(member, id, better, bad, aside, 'throw', from)
    }
    return false
  }
}
