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
import type { Answer, Errand } from '../ports/replica.ts'
import { isStorageKey } from '../ports/storage-key.ts'
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
  // Stored entries of definitions that are not registered: for `load`, later.
  #unclaimed = new Map<string, unknown>()

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

  /**
   * Makes members of definitions and loads what is stored for them, by default what nobody claimed so far; all or none.
   * Answers the entries put aside, and, for who wants to store them, those that came from `snapshot`.
   */
  register(
    definitions: readonly Definition<unknown>[],
    snapshot: Readonly<Record<string, Stored>>,
    onInvalid: OnInvalid,
    entries: Entries = this.#unclaimed,
  ) {
    const made = this.#make(definitions)
    const bad: Invalid[] = []
    const aside: Invalid[] = []
    const rest = new Map<string, unknown>()
    const fresh = new Map<Member, Set<string>>()
    const at = (base: string) => made.get(base)
    // What was stored before it was kept out of storage stays there, unread.
    const stored = (base: string) => (made.get(base)?.holder.definition.persist ? made.get(base) : undefined)
    walk(
      entries,
      stored,
      (member, id, value) => load(member, id, value as Stored, bad, aside, onInvalid),
      (key, value) => rest.set(key, value),
    )
    walk(Object.entries(snapshot), at, (member, id, value, key) => {
      if (entries.has(key) && !rest.has(key)) return
      if (!load(member, id, value as Stored, bad, aside, 'throw', 'snapshot')) return
      const keys = fresh.get(member) ?? new Set()
      fresh.set(member, keys.add(key))
    })
    if (bad.length > 0) throw errors.HYDRATION({ entries: bad.map(({ key, issues }) => ({ key, issues })) })
    this.#unclaimed = rest
    for (const member of made.values()) {
      this.#members.set(member.holder.definition, member)
      this.#byKey.set(member.holder.definition.key, member)
      member.loaded?.()
    }
    return { quarantined: aside, filled: () => storedFormOf(fresh) }
  }

  /** Becomes what the entries say, as part of the commit under way; throws one error for all that do not fit. */
  apply(entries: Iterable<readonly [string, unknown]>): void {
    const bad: Invalid[] = []
    const kept = new Map<Member, Set<string>>()
    const at = (base: string) => this.#byKey.get(base)
    walk(entries, at, (member, id, value) => {
      kept.set(member, (kept.get(member) ?? new Set()).add(id))
      load(member, id, value as Stored, bad, bad, 'throw', 'commit')
    })
    for (const member of this.#members.values())
      if (member.holder.definition.many) member.reset(kept.get(member) ?? NONE)
    if (bad.length > 0) throw errors.HYDRATION({ entries: bad.map(({ key, issues }) => ({ key, issues })) })
    for (const member of this.#members.values()) member.loaded?.()
  }

  /**
   * Becomes what the entries of a peer say, as part of the commit under way: `undefined` deletes. Throws one error for
   * all that do not fit. Machines come last: of their clocks nothing is taken back.
   */
  patch(entries: Iterable<readonly [string, unknown]>): void {
    const bad: Invalid[] = []
    const machines: (() => void)[] = []
    const at = (base: string) => this.#byKey.get(base)
    const unclaimed = (key: string, value: unknown) => {
      if (value === undefined) this.#unclaimed.delete(key)
      else this.#unclaimed.set(key, value)
    }
    const visit = (member: Member, id: string, value: unknown, key: string) => {
      const take = () => {
        if (value === undefined) member.drop?.(id)
        else load(member, id, value as Stored, bad, bad, 'throw', 'peer')
      }
      if (key.startsWith('machine/')) machines.push(take)
      else take()
    }
    walk(entries, at, visit, unclaimed)
    if (bad.length === 0) for (const take of machines) take()
    if (bad.length > 0) throw errors.HYDRATION({ entries: bad.map(({ key, issues }) => ({ key, issues })) })
  }

  /** Mutates the machine under a key, if there is one. */
  mutate(key: string, errand: Errand): Answer | undefined {
    let answer: Answer | undefined
    walk(
      [[key, undefined]],
      (base) => this.#byKey.get(base),
      (member, id) => {
        answer = member.mutate?.(id, errand)
      },
    )
    return answer
  }

  /** Machines are changed here from now on, or only follow. */
  own(here: boolean): void {
    for (const member of this.#members.values()) member.own?.(here)
  }

  /** What machines follow is lost. */
  lose(reason: unknown): void {
    for (const member of this.#members.values()) member.lose?.(reason)
  }

  /** A free key in quarantine for what had `key`. */
  asideKey(key: string): string {
    let free = `quarantine/${key}`
    for (let n = 2; this.#unclaimed.has(free); n++) free = `quarantine/${key}~${n}`
    return free
  }

  /** The storage keys that a reset of `member` forgets although no write of it does. */
  forgotten({ holder: { definition } }: Member): string[] {
    return definition.many || definition.key.startsWith('machine/') ? [] : [definition.key]
  }

  dispose(): void {
    for (const member of this.#members.values()) member.dispose?.()
  }

  #make(definitions: readonly Definition<unknown>[]): Map<string, Member> {
    const made = new Map<string, Member>()
    for (const definition of new Set(definitions)) {
      if (this.#members.has(definition)) continue
      if (definition.key.length > LONGEST_NAME || !isStorageKey(definition.key)) {
        throw errors.STORE_NAME_UNFIT({ definition: definition.name })
      }
      if (this.#byKey.has(definition.key) || made.has(definition.key)) {
        throw errors.STORE_NAME_TAKEN({ store: this.#host.name, definition: definition.name })
      }
      made.set(definition.key, definition.make(this.#host))
    }
    return made
  }
}

// Leaves room for ids in a storage key, and for the longer key of an entry in quarantine.
const LONGEST_NAME = 256

const NONE: ReadonlySet<string> = /* @__PURE__ */ new Set()

/** Finds the member and id of each entry. What has none, or is a row where there is no collection, goes to `rest`. */
function walk(
  entries: Iterable<readonly [string, unknown]>,
  memberAt: (base: string) => Member | undefined,
  visit: (member: Member, id: string, value: unknown, key: string) => void,
  rest: (key: string, value: unknown) => void = () => {},
): void {
  // Entries of one collection mostly follow each other: the prefix of the last key is the best guess for the next.
  let prefix = '/'
  let member: Member | undefined
  for (const [key, value] of entries) {
    if (!key.startsWith(prefix)) {
      const at = key.indexOf('/', key.indexOf('/') + 1)
      const base = at < 0 ? key : key.slice(0, at)
      member = memberAt(base)
      prefix = `${base}/`
    }
    const id = key.slice(prefix.length)
    if (member !== undefined && member.holder.definition.many === (id !== '')) visit(member, id, value, key)
    else rest(key, value)
  }
}

/** What to call something in an error. A row's `name` may be a secret; a definition's is not. */
export function nameOf(handle: unknown): string {
  const { name, make } = (handle ?? {}) as Partial<Definition>
  return make === undefined ? 'what was given' : String(name)
}

const keyOf = ({ key }: Definition<unknown>, id: string) => (id === '' ? key : `${key}/${id}`)

/** What of the members is under these keys, as it is to be stored. */
function storedFormOf(keys: ReadonlyMap<Member, ReadonlySet<string>>): Map<string, unknown> {
  const entries = new Map<string, unknown>()
  for (const [member, wanted] of keys) {
    const { holder } = member
    if (!holder.definition.persist) continue
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
