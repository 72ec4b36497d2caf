import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/** The names a server may be called by; `true`: any. IP addresses and localhost always may. */
export type AllowedHosts = true | readonly string[]

/**
 * Whether a request may have an answer: it comes from a page of this very server, or from no page at all. Other ports
 * of localhost are strangers: they are the same *site*, and Vite's CORS would let them read what they fetch.
 *
 *   Sec-Fetch-Site   Origin          answer
 *   same-origin      (any)           yes
 *   none             (any)           yes: typed, bookmarked, followed from a terminal
 *   other            (any)           no
 *   absent           absent          yes: not a browser, or an old one asking its own server
 *   absent           equal to Host   yes
 *   absent           other           no
 *
 * The Host is checked as well: a page of an attacker whose name was rebound to this address *is* same-origin. Vite has
 * the same check, but since which patch, and whether before a plugin's middleware, differs between its majors.
 */
export function admits(headers: IncomingHttpHeaders, hosts: AllowedHosts): boolean {
  const host = headers.host ?? (headers[':authority'] as string | undefined)
  if (host === undefined || !hostAllowed(host, hosts)) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return headers.origin === undefined || hostOf(headers.origin) === host.toLowerCase()
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function hostAllowed(host: string, hosts: AllowedHosts): boolean {
  if (hosts === true) return true
  // The URL parser takes off the port, and the brackets stay on an IPv6 address. It also reads "0x7f.1" as an address.
  const name = hostname(host)
  if (name === undefined) return false
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true
  return hosts.some((one) => one === name || (one.startsWith('.') && (one.slice(1) === name || name.endsWith(one))))
}

function hostname(host: string): string | undefined {
  const url = `http://${host}`
  if (!URL.canParse(url)) return undefined
  const { hostname, pathname, search, hash, username } = new URL(url)
  return pathname === '/' && !search && !hash && !username ? hostname : undefined
}
