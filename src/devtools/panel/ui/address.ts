export const VIEWS = ['targets', 'log', 'tree', 'clocks', 'models', 'why'] as const
export type View = (typeof VIEWS)[number]

/** Which rows the log lists: those of one machine, of one target, or all. */
export const SCOPES = ['machine', 'target', 'all'] as const
export type Scope = (typeof SCOPES)[number]

/** A place in the panel, as its address tells it. What is not told is left as it is, or newest. */
export interface Address {
  readonly target?: string
  readonly machine?: string
  /** A transition of the machine; without one the newest moment is shown. */
  readonly tx?: number
  /** A commit of the store named in `machine`. */
  readonly commit?: number
  /** A page load, when it is not the target's newest. */
  readonly run?: string
  readonly view?: View
  readonly scope?: Scope
  /** The state picked in Tree, Clocks and Why not? */
  readonly state?: string
}

const whole = (text: string | undefined) => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined)

const oneOf = <T extends string>(list: readonly T[], text: string | null): T | undefined =>
  list.find((one) => one === text)

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/**
 * Reads `#/<target>/<machine>/tx/<seq>?run=…`. Never throws: what makes no sense is left out, so that a mistyped address
 * still opens as far as it is right.
 */
export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s)
  const [target, machine, kind, number] = path.split('/').map(decoded)
  const params = new URLSearchParams(query)
  const run = params.get('run')
  const state = params.get('state')
  const view = oneOf(VIEWS, params.get('view'))
  const scope = oneOf(SCOPES, params.get('scope'))
  const seq = whole(number)
  const address: { -readonly [K in keyof Address]: Address[K] } = {}
  if (target) address.target = target
  if (target && machine) {
    address.machine = machine
    if (kind === 'tx' && seq !== undefined) address.tx = seq
    if (kind === 'commit' && seq !== undefined) address.commit = seq
  }
  if (run) address.run = run
  if (view) address.view = view
  if (scope) address.scope = scope
  if (state) address.state = state
  return address
}

/** Writes what `parseAddress` reads. */
export function formatAddress({ target, machine, tx, commit, run, view, scope, state }: Address): string {
  let path = '#/'
  if (target) {
    path += encodeURIComponent(target)
    if (machine) {
      path += `/${encodeURIComponent(machine)}`
      if (tx !== undefined) path += `/tx/${tx}`
      else if (commit !== undefined) path += `/commit/${commit}`
    }
  }
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries({ run, view, scope, state })) if (value) params.set(key, value)
  const query = params.toString()
  return query ? `${path}?${query}` : path
}
