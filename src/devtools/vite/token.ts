import { randomBytes } from 'node:crypto'

/** What outlives a restart of one server. The relay keeps the frames of Node processes here too. */
interface Kept {
  readonly token: string
}

const KEY = Symbol.for('escapement.relay')
type Home = { [KEY]?: Map<string, Kept> }

/**
 * The token of the server of a project: 32 random bytes, base64url. Vite's own restart makes new servers in the same
 * process, and may load this module anew: the token lives on `globalThis`, by root, so that a panel that is open
 * keeps its own.
 */
export function tokenOf(root: string): string {
  const home = globalThis as Home
  home[KEY] ??= new Map()
  const kept = home[KEY].get(root) ?? { token: randomBytes(32).toString('base64url') }
  home[KEY].set(root, kept)
  return kept.token
}
