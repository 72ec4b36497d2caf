import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { createPlugin, type EscapementOptions } from './plugin.ts'

export type { EscapementOptions } from './plugin.ts'

/**
 * The devtools in a Vite dev server: the agent is on in every page and module worker before the app's own modules
 * run, and the panel is at `<base>__escapement/`, an address the terminal shows beside Vite's own. In builds, in
 * `vite preview` and under Vitest it does nothing. For Vite 5.4 to 8.
 *
 * @example
 * ```ts
 * // vite.config.ts
 * import { escapement } from 'escapement/vite'
 * import { defineConfig } from 'vite'
 *
 * export default defineConfig({ plugins: [escapement()] })
 * ```
 */
export function escapement(options: EscapementOptions = {}): Plugin {
  const devtools = dirname(dirname(fileURLToPath(import.meta.url)))
  return createPlugin(options, { agent: join(devtools, 'agent.js'), panel: join(devtools, 'panel') })
}
