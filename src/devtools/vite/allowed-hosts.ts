import type { ResolvedConfig } from 'vite'
import type { AllowedHosts } from './admission.ts'

/**
 * The names this server may be called by, as Vite understands its own options: besides `allowedHosts` all that the
 * user names as a host. Over TLS it does not matter: a name that was rebound has no certificate.
 */
export function allowedHosts({ server, preview }: ResolvedConfig): AllowedHosts {
  const { allowedHosts = [], host, hmr, https, origin } = server
  if (allowedHosts === true || https) return true
  const named = [host, preview.host, typeof hmr === 'object' && hmr.host, origin && hostname(origin)]
  return [...allowedHosts, ...named].filter((name): name is string => typeof name === 'string' && name !== '')
}

const hostname = (origin: string) => (URL.canParse(origin) ? new URL(origin).hostname : undefined)
