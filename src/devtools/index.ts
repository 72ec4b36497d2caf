import { Agent } from './agent/agent.ts'
import { browserPlatform } from './agent/browser.ts'

/** What `connectDevtools` takes. */
export interface DevtoolsOptions {
  /** How this page, worker or process is called in the panel. Default: its title, name or path. */
  readonly label?: string
  /** `types` shows no value at all, only types. Default `shown`: all but what is redacted or sounds like a secret. */
  readonly values?: 'shown' | 'types'
  /** May a panel mutate machines, and ask them whether they would? Default true. */
  readonly commands?: boolean
}

const AGENT = /* @__PURE__ */ Symbol.for('escapement.agent')
/** Rows: some megabytes, and the last seconds of a busy app. */
const CAPACITY = 65_536

/**
 * Lets the panel of `escapement/vite` see the machines and stores that are made from now on, here: in a page, a worker
 * or a Node process. The Vite plugin calls it in development; elsewhere call it first, and only in development:
 *
 * ```ts
 * import { connectDevtools } from 'escapement/devtools'
 * if (import.meta.env.DEV) connectDevtools()
 * ```
 *
 * Everything is recorded in memory, 65,536 rows of it, and leaves only for a panel of the same origin. The first call
 * counts: a second one does nothing. So does a call where there is no `BroadcastChannel`.
 *
 * @returns Its end: channels are closed, machines and stores go on unseen.
 */
export function connectDevtools(options: DevtoolsOptions = {}): () => void {
  const { label, values = 'shown', commands = true } = options
  const places = globalThis as unknown as Record<symbol, unknown>
  const platform = places[AGENT] === undefined ? browserPlatform(label) : undefined
  if (!platform) return () => {}
  const agent = new Agent(platform, { capacity: CAPACITY, commands, types: values === 'types' })
  const { place } = agent
  places[AGENT] = place
  let connected = true
  return () => {
    if (!connected) return
    connected = false
    if (places[AGENT] === place) delete places[AGENT]
    agent.stop()
  }
}
