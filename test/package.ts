import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import config from '../vite.config.ts'
import { root } from './imports.ts'

interface Manifest {
  name: string
  exports: Record<string, string | { types: string; default: string }>
  bin: Record<string, string>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
  /** Peers that one entry alone needs. */
  peerDependenciesMeta: Record<string, { optional: boolean }>
}

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** One published entry, with its files from the root of the project. */
export interface Entry {
  /** As a user imports it: `escapement/storage/file`. */
  specifier: string
  /** What Vite builds it from; empty when `vite.config.ts` does not know it. */
  source: string
  runtime: string
  types: string
}

const lib = config.build?.lib

/** What `vite.config.ts` builds, by name in `dist`. */
export const built = (lib ? lib.entry : {}) as Record<string, string>

/** Everything that `package.json` publishes as code. */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([path, target]) => {
  if (typeof target === 'string') return []
  const runtime = relative(target.default)
  const source = built[runtime.replace(/^dist\/(.*)\.js$/, '$1')] ?? ''
  return [{ specifier: manifest.name + path.slice(1), source, runtime, types: relative(target.types) }]
})

/** What else is published, as files: the command line, and data such as a JSON Schema. */
export const files = {
  bin: Object.values(manifest.bin).map(relative),
  data: Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [relative(target)] : [])),
}

function relative(path: string): string {
  return path.replace(/^\.\//, '')
}
