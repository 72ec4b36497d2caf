import { compile } from 'svelte/compiler'

/** Compiles `.svelte` files of tests: for a server when the tests run as one. */
export const svelteFiles = {
  name: 'svelte files',
  transform(code: string, id: string, options?: { ssr?: boolean }) {
    if (!id.endsWith('.svelte')) return undefined
    const generate = options?.ssr ? 'server' : 'client'
    const { js } = compile(code, { filename: id, generate, dev: false })
    return { code: js.code, map: js.map }
  },
}
