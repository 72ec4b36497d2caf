import { type Definition, resolveSlowly } from './resolve.oracle.ts'

export type Kind = 'canEnter' | 'canExit' | 'canStay' | 'canYieldTo' | 'entered' | 'exited'
type Type = 'add' | 'remove' | 'set'

/** What a handler does each time it is called, in turn; after the last it does nothing. */
export type Act = 'pass' | 'refuse' | 'throw' | { type: Type; states: string[] }

export interface OracleHandler {
  kind: Kind
  state: string
  to?: string
  acts: Act[]
}

interface Mutation {
  type: Type
  states: string[]
  auto?: boolean
  error?: boolean
}

class Thrown extends Error {}

/**
 * A machine as the design tells it: no cache, no compiled form, everything by name. It shares no code with the fast
 * one but the slow resolver.
 */
export class OracleMachine {
  readonly names: string[]
  readonly ticks: Record<string, number> = {}
  /** Every handler that was called, in order. */
  readonly log: string[] = []
  processed = 1
  readonly #states: Definition
  readonly #handlers: OracleHandler[]
  readonly #calls = new Map<OracleHandler, number>()
  #queue: Mutation[] = []
  #busy = false

  constructor(states: Definition, handlers: OracleHandler[]) {
    const { Exception, ...rest } = states
    this.#states = { ...rest, Exception: { ...Exception, multi: true } }
    this.names = Object.keys(this.#states)
    for (const n of this.names) this.ticks[n] = 0
    this.#handlers = handlers
  }

  active(): string[] {
    return this.names.filter((n) => (this.ticks[n] as number) % 2 === 1)
  }

  mutate(type: Type, states: string[]): string {
    const called = [...new Set(states)]
    if (this.#busy) {
      if (type === 'remove' && !this.#queue.length && !called.some((s) => this.active().includes(s))) return 'executed'
      const same = (m: Mutation) => m.type === type && !m.error && m.states.join() === called.join()
      if (!called.some((s) => this.#states[s]?.multi) && this.#queue.some(same)) return 'executed'
      this.#queue.push({ type, states: called })
      return 'queued'
    }
    this.#queue.push({ type, states: called })
    this.#busy = true
    let first: string | undefined
    for (let m = this.#queue.shift(); m; m = this.#queue.shift()) {
      const result = this.#transition(m)
      first ??= result
    }
    this.#busy = false
    return first as string
  }

  #call(kind: Kind, state: string, m: Mutation, to?: string, asked?: Set<OracleHandler>): boolean {
    for (const h of this.#handlers) {
      if (h.kind !== kind || h.state !== state || h.to !== to || asked?.has(h)) continue
      asked?.add(h)
      this.log.push(`${kind} ${state} ${to ?? ''}`)
      const count = this.#calls.get(h) ?? 0
      this.#calls.set(h, count + 1)
      const act = h.acts[count] ?? 'pass'
      if (act === 'throw') {
        if (!m.states.includes('Exception')) this.#queue.unshift({ type: 'add', states: ['Exception'], error: true })
        throw new Thrown()
      }
      if (act === 'refuse' && !['entered', 'exited'].includes(kind)) return false
      if (typeof act === 'object') this.mutate(act.type, act.states)
    }
    return true
  }

  #transition(m: Mutation): string {
    this.processed++
    const before = this.active()
    let called = m.states
    const banned: string[] = []
    const asked = new Set<OracleHandler>()
    let targets: string[]
    for (;;) {
      // What relations refuse is taken off an auto mutation, and cancels any other.
      for (;;) {
        targets = resolveSlowly(this.#states, before, m.type, called, banned)
        const met = called.filter((s) => targets.includes(s))
        if (m.type === 'remove' || met.length === called.length) break
        if (!m.auto) return 'canceled'
        called = met
      }
      if (m.auto && !called.length) return 'canceled'
      // What was taken off is not called: an auto Exception that cannot be is not being handled.
      m.states = called
      try {
        const no = this.#negotiate(m, before, called, targets, asked)
        if (no === true) break
        if (!m.auto || no === false || !called.includes(no)) return 'canceled'
        banned.push(no)
        called = called.filter((s) => s !== no)
        if (!called.length) return 'canceled'
      } catch (error) {
        if (error instanceof Thrown) return 'canceled'
        throw error
      }
    }
    return this.#apply(m, before, called, targets)
  }

  /** True, or the state whose coming was refused, or false when it is about none. */
  #negotiate(m: Mutation, before: string[], called: string[], targets: string[], asked: Set<OracleHandler>) {
    const { exits, enters } = this.#changes(m, before, called, targets)
    for (const s of exits) if (!this.#call('canExit', s, m, undefined, asked)) return false
    for (const s of enters) if (!this.#call('canEnter', s, m, undefined, asked)) return s
    if (m.type !== 'remove') {
      for (const s of before) if (targets.includes(s) && !this.#call('canStay', s, m, undefined, asked)) return false
    }
    for (const s of before) {
      for (const t of targets) if (t !== s && !this.#call('canYieldTo', s, m, t, asked)) return t
    }
    return true
  }

  #changes(m: Mutation, before: string[], called: string[], targets: string[]) {
    const again = (s: string) => m.type !== 'remove' && !!this.#states[s]?.multi && called.includes(s)
    return {
      exits: before.filter((s) => !targets.includes(s)),
      enters: targets.filter((s) => !before.includes(s) || again(s)),
    }
  }

  #apply(m: Mutation, before: string[], called: string[], targets: string[]): string {
    const { exits, enters } = this.#changes(m, before, called, targets)
    const tick = (s: string, by: number) => {
      this.ticks[s] = (this.ticks[s] as number) + by
    }
    for (const s of exits) tick(s, 1)
    for (const s of enters) tick(s, before.includes(s) ? 2 : 1)
    const finals = [...exits.map((s) => ['exited', s] as const), ...enters.map((s) => ['entered', s] as const)]
    for (const [i, [kind, s]] of finals.entries()) {
      try {
        this.#call(kind, s, m)
      } catch (error) {
        if (!(error instanceof Thrown)) throw error
        for (const [, undone] of finals.slice(i)) tick(undone, 1)
        for (;;) {
          const active = this.active()
          const lost = active.filter((n) => !(this.#states[n]?.require ?? []).every((r) => active.includes(r)))
          if (!lost.length) return 'canceled'
          for (const n of lost) tick(n, 1)
        }
      }
    }
    const lone = m.type === 'add' && called.length === 1 && ['Healthcheck', 'Heartbeat'].includes(called[0] as string)
    if (finals.length && !m.auto && !lone) {
      const now = this.active()
      const due = this.names.filter(
        (n) =>
          this.#states[n]?.auto &&
          !now.includes(n) &&
          !now.some((by) => by !== n && this.#states[by]?.remove?.includes(n)),
      )
      let met = due
      for (;;) {
        const got = resolveSlowly(this.#states, now, 'add', met)
        const rest = met.filter((s) => got.includes(s))
        if (rest.length === met.length) break
        met = rest
      }
      if (met.length) this.#transition({ type: 'add', states: due, auto: true })
    }
    return 'executed'
  }
}
