import { errors as machineErrors } from '../../core/machine/errors.ts'
import { errors as modelErrors } from '../../core/model/errors.ts'
import type { Member } from '../../core/ports/host.ts'
import { REDACTED } from '../../core/ports/redacted.ts'
import type { Snapshot, Store } from '../../core/store/store.ts'
import { errorOf, isErrorText, textOf } from './error-text.ts'
import { type Answer, CANCELED, EXECUTED, FAILED, isList, isRecord, isText, must, type Ref, VALUE } from './protocol.ts'

/** What a call may touch. */
export interface Ground {
  readonly store: Store
  readonly members: readonly Member[]
}

/** A call at work: its own signal, which fires when the page gives up. */
export interface Work extends Ground {
  readonly ref: Ref
  signal(): AbortSignal
}

type Act = (work: Work, ...args: unknown[]) => unknown

interface Model {
  set(values: object): void
  reset(): void
  peek(field: string): unknown
}
interface Many {
  get(id: string): object | undefined
  has(id: string): boolean
  add(...about: unknown[]): unknown
  put(id: string, values: object): unknown
  delete(id: string): boolean
}
interface Settled {
  readonly status: string
  readonly reason?: object
  readonly settled: Promise<Settled>
}
type Machine = Record<string, (...args: unknown[]) => unknown>

const memberAt = ({ members, ref }: Work): Member => {
  const member = members[typeof ref === 'number' ? ref : ref[0]]
  must(member, 'it names no definition')
  return member
}
const isMachine = (member: Member) => member.holder.definition.key.startsWith('machine/')
const idOf = (ref: Ref) => (typeof ref === 'number' ? '' : ref[1])

/** What a call is about: undefined for a row or machine that is not there. */
function targetOf(work: Work): object | undefined {
  const { live, holder } = memberAt(work)
  const { ref } = work
  must((typeof ref === 'number') !== holder.definition.many, 'it names a collection for a part of it, or the reverse')
  return typeof ref === 'number' ? (live as object) : (live as Many).get(ref[1])
}

function modelOf(work: Work): Model {
  const target = targetOf(work)
  const { name } = memberAt(work).holder.definition
  must(!isMachine(memberAt(work)), 'a machine has no fields')
  if (target === undefined) throw modelErrors.ROW_DELETED({ model: name, id: idOf(work.ref) })
  return target as Model
}

function manyOf(work: Work): Many {
  must(typeof work.ref === 'number' && memberAt(work).holder.definition.many, 'it is about a collection')
  return memberAt(work).live as Many
}

const DISPOSED: Answer = [CANCELED, { kind: 'disposed' }]
const DONE: Answer = [EXECUTED, undefined]

/** A mutation's result, once it is final. */
function outcomeOf(result: Settled): Answer | Promise<Answer> {
  if (result.status === 'queued') return result.settled.then(outcomeOf)
  return result.status === 'executed' ? DONE : [CANCELED, result.reason]
}

const isNames = (value: unknown): value is string | readonly string[] =>
  isText(value) || (isList(value) && value.every(isText))

const mutation =
  (method: 'add' | 'remove' | 'set' | 'toggle' | 'canAdd' | 'canRemove' | 'canSet'): Act =>
  (work, called, args) => {
    must(isNames(called) && isMachine(memberAt(work)), 'it is no mutation')
    const machine = targetOf(work) as Machine | undefined
    if (machine === undefined) return DISPOSED
    return outcomeOf(machine[method]!(called, args) as Settled)
  }

const isNumber = (value: unknown): value is number => typeof value === 'number'

const isWaitArgs: Readonly<Record<string, (args: readonly unknown[]) => boolean>> = {
  when: ([states]) => isNames(states),
  whenNot: ([states]) => isNames(states),
  whenTime: ([states, ticks]) => isNames(states) && (isNumber(ticks) || (isList(ticks) && ticks.every(isNumber))),
  whenArgs: ([state, partial]) => isText(state) && (isRecord(partial) || isList(partial)),
  whenIdle: () => true,
  whenError: () => true,
}

/** A wait, in the machine itself. */
function wait(work: Work, method: unknown, args: unknown, timeout: unknown): unknown {
  must(isText(method) && Object.hasOwn(isWaitArgs, method), 'there is no such wait')
  must(isList(args) && isWaitArgs[method]!(args), 'the wait is for nothing that can come')
  must(timeout === undefined || isNumber(timeout), 'a timeout is a number')
  const member = memberAt(work)
  must(isMachine(member), 'it is no machine')
  const machine = targetOf(work) as Machine | undefined
  if (machine === undefined) throw machineErrors.MACHINE_DISPOSED({ machine: member.holder.definition.name })
  const options = { signal: work.signal(), ...(timeout === undefined ? undefined : { timeout }) }
  const promise = machine[method]!(...args, options) as Promise<unknown>
  if (method === 'whenError') return promise.then(textOf)
  // Arguments may be a list, which is not to be taken for an answer.
  const answered = (found: unknown): Answer => [VALUE, discreet(machine, args[0] as string, found)]
  return method === 'whenArgs' ? promise.then(answered) : promise
}

/** A state's arguments without what stays inside. */
function discreet(machine: Machine, state: string, args: unknown): unknown {
  const { states } = machine.definition as unknown as { states: Record<string, { redact?: true | readonly string[] }> }
  const { redact } = states[state] ?? {}
  if (redact === undefined) return args
  if (redact === true || !isRecord(args)) return REDACTED
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, redact.includes(key) ? REDACTED : value]))
}

/** Redacted fields keep what they have: the page cannot name them. */
function put(work: Work, id: unknown, values: unknown): void {
  must(isRecord(values), 'it is no row')
  const rows = manyOf(work)
  const row = rows.get(id as string) as Model | undefined
  const kept = row && [...memberAt(work).holder.hidden].map((name) => [name, row.peek(name)])
  rows.put(id as string, { ...visible(work, values), ...Object.fromEntries(kept ?? []) })
}

/** Throws for a field that the page has no business with. */
function visible(work: Work, values: Record<string, unknown>): Record<string, unknown> {
  const { holder } = memberAt(work)
  for (const name of holder.hidden) must(!Object.hasOwn(values, name), `it names "${name}", which is redacted`)
  return values
}

/** Everything a page may ask for, by name. */
const acts: Readonly<Record<string, Act>> = {
  // Stands for a call that was given up before it arrived: numbers have no gaps.
  nothing: () => undefined,
  set: (work, values) => {
    must(isRecord(values), 'it has no fields')
    modelOf(work).set(visible(work, values))
  },
  reset: (work) => modelOf(work).reset(),
  add: (work, id, values) => {
    must(values === undefined || isRecord(values), 'it is no row')
    const many = manyOf(work)
    if (isMachine(memberAt(work))) {
      must(isText(id), 'it is no id')
      many.add(id)
    }
    // What is no id, the collection refuses.
    else many.add(visible(work, (values ?? {}) as Record<string, unknown>), id)
  },
  put,
  delete: (work, id) => {
    must(isText(id), 'it is no row')
    return manyOf(work).delete(id)
  },
  'machine.add': mutation('add'),
  'machine.remove': mutation('remove'),
  'machine.set': mutation('set'),
  'machine.toggle': mutation('toggle'),
  'machine.canAdd': mutation('canAdd'),
  'machine.canRemove': mutation('canRemove'),
  'machine.canSet': mutation('canSet'),
  'machine.addError': (work, error, state, args) => {
    must(state === undefined || isText(state), 'it is no state')
    must(args === undefined || isRecord(args), 'it has no arguments')
    must(isErrorText(error) && isMachine(memberAt(work)), 'it is no error')
    const machine = targetOf(work) as Machine | undefined
    if (machine === undefined) return DISPOSED
    return outcomeOf(machine.addError!(errorOf(error), { state, args }) as Settled)
  },
  wait,
  'store.flush': ({ store }) => store.flush(),
  'store.snapshot': ({ store, members }) => {
    const keys = members.map(({ holder }) => holder.definition.key)
    const mine = (key: string) => keys.some((base) => key === base || key.startsWith(`${base}/`))
    return Object.fromEntries(Object.entries(store.snapshot()).filter(([key]) => mine(key)))
  },
  'store.hydrate': ({ store }, snapshot) => {
    must(isRecord(snapshot), 'it is no snapshot')
    return store.hydrate(snapshot as Snapshot)
  },
  'store.reset': (work, all) =>
    all === true ? work.store.reset() : work.store.reset(memberAt(work).holder.definition),
}

/** Carries out one call: its answer, or a promise of it. Never throws. */
export function carryOut(act: string, work: Work, args: readonly unknown[]): Answer | Promise<Answer> {
  const failed = (error: unknown): Answer => [FAILED, textOf(error)]
  try {
    must(Object.hasOwn(acts, act), `there is no "${act}"`)
    const answer = acts[act]!(work, ...args)
    const value = (value: unknown): Answer => (isAnswer(value) ? value : [VALUE, value])
    return answer instanceof Promise ? answer.then(value, failed) : value(answer)
  } catch (error) {
    return failed(error)
  }
}

// No act has a list for a value: those that are lists are answers already.
const isAnswer = (value: unknown): value is Answer => Array.isArray(value)
