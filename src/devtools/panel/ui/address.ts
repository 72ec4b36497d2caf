import { type Address, formatAddress, parseAddress } from '../../protocol/identity.ts'

export const VIEWS = ['targets', 'log', 'tree', 'clocks', 'models', 'why'] as const
export type View = (typeof VIEWS)[number]

/** Which rows the log lists: those of one machine, of one target, or all. */
export const SCOPES = ['machine', 'target', 'all'] as const
export type Scope = (typeof SCOPES)[number]

/** A place in the panel: the protocol's address of a moment or a thing, and how it is looked at. */
export interface Place extends Partial<Address> {
  readonly view?: View
  readonly scope?: Scope
  /** The state picked in Tree, Clocks and Why not? */
  readonly state?: string
  /** The machine that is looked at, where the moment is a row of another. */
  readonly on?: string
  /** The second cursor, `<machine>/<seq>`: what Clocks compares with. */
  readonly mark?: string
}

const OURS = ['view', 'scope', 'state', 'on', 'mark'] as const

const oneOf = <T extends string>(list: readonly T[], text: string | null): T | undefined =>
  list.find((one) => one === text)

/**
 * Reads `#/<target>/<machine>/tx/<seq>?run=…&view=…`. Never throws: what makes no sense is left out, so that a mistyped
 * address still opens as far as it is right.
 */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.split(/\?(.*)/s)
  const params = new URLSearchParams(query)
  const run = params.get('run')
  // Without what is wrong at its end, part by part.
  let at = path.replace(/\/+$/, '')
  let address: Address | undefined
  while (at.startsWith('#/') && !address) {
    address = parseAddress(run ? `${at}?run=${encodeURIComponent(run)}` : at)
    at = at.slice(0, at.lastIndexOf('/'))
  }
  const place: { -readonly [K in keyof Place]: Place[K] } = { ...address }
  const view = oneOf(VIEWS, params.get('view'))
  const scope = oneOf(SCOPES, params.get('scope'))
  if (view) place.view = view
  if (scope) place.scope = scope
  for (const key of ['state', 'on', 'mark'] as const) {
    const text = params.get(key)
    if (text) place[key] = text
  }
  return place
}

/** Writes what `parsePlace` reads. */
export function formatPlace(place: Place): string {
  const { target } = place
  const hash = target === undefined ? '#/' : formatAddress({ ...place, target })
  const params = new URLSearchParams()
  for (const key of OURS) if (place[key]) params.set(key, place[key])
  const query = params.toString()
  return query ? `${hash}${hash.includes('?') ? '&' : '?'}${query}` : hash
}
