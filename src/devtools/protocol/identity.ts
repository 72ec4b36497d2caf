/** Version of the protocol. A frame of another version is not understood, and not guessed at. */
export const VERSION = 1

/** The `BroadcastChannel` on which panels and agents find each other; it carries `who`, `here`, `attach`, `attached`, `deny` and `bye` only. */
export const CONTROL_CHANNEL = 'escapement'

/** The `BroadcastChannel` of one session: a bystander would otherwise receive all its data. */
export const sessionChannel = (session: string): string => `${CONTROL_CHANNEL}/${session}`

/** Where something runs. */
export type TargetKind = 'page' | 'worker' | 'node'

/** One page load, worker or process. */
export interface Target {
  /** Joins the runs of one tab, one worker name, one script. */
  readonly id: string
  /** Random per page load, worker start or process: rows are told apart by it. */
  readonly run: string
  readonly kind: TargetKind
  /** For people: a title, a worker's name, a script. */
  readonly label: string
}

/** What an address points at. Without `machine` and `store`: a whole target. */
export interface Address {
  /** A `Target.id`. */
  readonly target: string
  /** A machine's `label`. */
  readonly machine?: string
  /** A row of that machine: its `transition.id`. */
  readonly seq?: number
  /** A store's name. */
  readonly store?: string
  /** A commit of that store. */
  readonly commit?: number
  /** A `Target.run`; without it the target's newest run that has what is meant. */
  readonly run?: string
}

/**
 * The address as a URL's hash.
 *
 * @example
 * ```ts
 * formatAddress({ target: 't1', machine: 'door#1', seq: 7 }) //=> '#/t1/door%231/tx/7'
 * formatAddress({ target: 't1', store: 'app', commit: 3, run: 'r' }) //=> '#/t1/store/app/commit/3?run=r'
 * ```
 */
export function formatAddress({ target, machine, seq, store, commit, run }: Address): string {
  const parts: (string | number)[] = [target]
  if (machine !== undefined) parts.push(machine, ...(seq === undefined ? [] : ['tx', seq]))
  else if (store !== undefined) parts.push('store', store, ...(commit === undefined ? [] : ['commit', commit]))
  const path = parts.map(encodeURIComponent).join('/')
  return `#/${path}${run === undefined ? '' : `?run=${encodeURIComponent(run)}`}`
}

/**
 * What a hash points at; `undefined` when it is no address.
 *
 * `store/tx/7` is a row of a machine labelled `store`; `store` with anything else after it is a store.
 */
export function parseAddress(hash: string): Address | undefined {
  const match = /^#\/([^?]+)(?:\?run=([^&]+))?$/.exec(hash)
  if (!match) return undefined
  const parts = match[1]!.split('/').map(decode)
  const run = match[2] === undefined ? undefined : decode(match[2])
  if (parts.includes('') || run === '') return undefined
  const [target, first, second, third, fourth, ...rest] = parts as [string, ...string[]]
  if (rest.length) return undefined
  const where = { target, ...(run !== undefined && { run }) }
  if (first === undefined) return where
  if (first === 'store' && second !== undefined && !(second === 'tx' && third !== undefined && fourth === undefined)) {
    if (third === undefined) return { ...where, store: second }
    const commit = count(fourth)
    return third === 'commit' && commit !== undefined ? { ...where, store: second, commit } : undefined
  }
  if (second === undefined) return { ...where, machine: first }
  const seq = count(third)
  return second === 'tx' && seq !== undefined && fourth === undefined ? { ...where, machine: first, seq } : undefined
}

/** '' for what is not well encoded: no address has an empty part. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
