import { readFileSync } from 'node:fs'
import type { Plugin, ResolvedConfig } from 'vite'
import { printAddress } from './address.ts'
import { AGENT_IDS, AGENT_PATH, agentCode, resolveAgent, WORKER_IDS, withAgent } from './agent-module.ts'
import { allowedHosts } from './allowed-hosts.ts'
import { type HubContext, registerDock } from './dock.ts'
import { readPanel } from './panel-files.ts'
import { createRoutes } from './routes.ts'
import { tokenOf } from './token.ts'

/** What `escapement` takes. All but `enabled` goes to the agent, as JSON. */
export interface EscapementOptions {
  /**
   * Whether the agent is on and the panel is served. Default: in dev, but not under Vitest (which serves too), nor in
   * mode `test`. `true` turns it on there as well.
   */
  readonly enabled?: boolean
  /** `types` shows no value at all, only types. Default `shown`: all but what is redacted or sounds like a secret. */
  readonly values?: 'shown' | 'types'
  /** May a panel mutate machines, and ask them whether they would? Default true. */
  readonly commands?: boolean
}

/** What the build has made: the agent as one file, and the folder of the panel. */
export interface Prebuilt {
  readonly agent: string
  readonly panel: string
}

/**
 * The plugin, over what is prebuilt. One object for Vite 5.4 to 8: the hooks' `filter` is what later majors go by, the
 * tests within are what earlier ones need.
 */
export function createPlugin({ enabled, ...agent }: EscapementOptions, prebuilt: Prebuilt): Plugin {
  let on = false
  let base = '/'
  const mount = () => `${base}__escapement/`
  const plugin: Plugin & { devtools: { setup(hub?: HubContext): void } } = {
    name: 'escapement',
    // Not in builds, whatever NODE_ENV says.
    apply: 'serve',
    configResolved(config) {
      base = config.base
      on = enabled ?? !underTest(config)
    },
    resolveId: { filter: { id: AGENT_IDS }, handler: (id) => (AGENT_IDS.test(id) ? resolveAgent(id) : undefined) },
    load: {
      filter: { id: AGENT_IDS },
      handler: (id) =>
        AGENT_IDS.test(id) ? agentCode(id, agent, () => readFileSync(prebuilt.agent, 'utf8')) : undefined,
    },
    // Of a worker only its own module is marked so, not what it imports.
    transform: {
      filter: { id: WORKER_IDS },
      handler: (code, id, options) =>
        on && !options?.ssr && WORKER_IDS.test(id) ? { code: withAgent(code), map: null } : undefined,
    },
    // Last to be asked, first in the head: module scripts run in their order, and the app's first one is behind this.
    transformIndexHtml: {
      order: 'post',
      handler: () =>
        on ? [{ tag: 'script', attrs: { type: 'module', src: base + AGENT_PATH }, injectTo: 'head-prepend' }] : [],
    },
    // At once, not in a function returned: the app's own fallbacks would answer first.
    configureServer(server) {
      if (!on) return
      // Vite 5 leaves the headers undefined.
      const { root, server: options } = server.config
      server.middlewares.use(
        createRoutes({
          mount: mount(),
          token: tokenOf(root),
          hosts: allowedHosts(server.config),
          headers: options.headers ?? {},
          panel: () => readPanel(prebuilt.panel),
        }),
      )
      printAddress(server, mount())
    },
    // Vite DevTools asks for it, after `configureServer`.
    devtools: {
      setup(hub) {
        if (on) registerDock(hub, mount())
      },
    },
  }
  return plugin
}

const underTest = ({ mode }: ResolvedConfig) => mode === 'test' || Boolean(process.env.VITEST)
