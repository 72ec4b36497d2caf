/** What an app's modules import for the agent to be on before they run. */
const START = 'virtual:escapement-agent'
/** The prebuilt agent itself, imported by `START` alone. */
const CODE = 'virtual:escapement-agent-code'

/** How Rollup's convention marks a module that is no file: nobody else resolves it, and the optimizer leaves it alone. */
const resolved = (id: string) => `\0${id.replace('virtual:', '')}`

/** The path a browser fetches the agent from, below Vite's base: `\0` is written `__x00__` in URLs. */
export const AGENT_PATH = `@id/${resolved(START).replace('\0', '__x00__')}`

/** Which module ids are those of the agent, as imported and as resolved. */
export const AGENT_IDS = /^(?:virtual:|\0)escapement-agent(?:-code)?$/

/** What an id of `AGENT_IDS` resolves to. */
export const resolveAgent = (id: string): string => (id.startsWith('\0') ? id : resolved(id))

/**
 * The code of a resolved agent module. Two modules, so that the prebuilt file is served as it stands, however its
 * minifier named things.
 */
export function agentCode(id: string, options: object, readAgent: () => string): string {
  if (id === resolved(CODE)) return readAgent()
  return `import { connectDevtools } from '${CODE}'\nconnectDevtools(JSON.parse(${quoted(JSON.stringify(options))}))\n`
}

/**
 * Text as a literal of JavaScript. Through JSON.parse, an own key named `__proto__` stays a key; `<` is escaped in
 * case somebody inlines the module into a page.
 */
const quoted = (text: string) => JSON.stringify(text).replaceAll('<', '\\u003c')

/** Module ids of workers in dev: `/src/worker.ts?worker_file&type=module`. Shared workers have the same. */
export const WORKER_IDS = /[?&]worker_file&type=module(?:&|$)/

/**
 * The module of a worker, with the agent as its first import: imports run in their order, before the module itself.
 * On the first line, so that no line moves and source maps stay right but for the columns of that line.
 */
export const withAgent = (code: string): string => `import '${START}';${code}`
