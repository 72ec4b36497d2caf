import type { Import } from './imports.ts'

/** Tests, type tests, benches, oracles and fixtures: they may import what the code may not. */
const isTest = (file: string) => /\.(test|test-d|bench|oracle|suite)\.tsx?$/.test(file) || /\/fixtures\//.test(file)

const under = (file: string, ...folders: string[]) =>
  folders.some((folder) => file === folder || file.startsWith(`${folder}/`) || file.startsWith(`${folder}.`))

/** One thing that must hold of every import in src. `breaks` answers true for an import that must not be. */
interface Rule {
  name: string
  breaks(one: Import): boolean
}

const inside = (file: string) => file.startsWith('src/')
const builtin = (name: string) => name.startsWith('node:')

/** Which adapter a file belongs to: `storage/file`, `storage/indexeddb`, `worker`, `react`, … */
export function adapterOf(file: string): string | undefined {
  const parts = /^src\/adapters\/(?:(storage)\/)?([^/.]+)/.exec(file)
  return parts ? [parts[1], parts[2]].filter(Boolean).join('/') : undefined
}

const PAGE_SIDE = ['index', 'agent', 'node', 'panel']
const NODE_SIDE = ['vite', 'relay', 'cli']

/**
 * Which side of the devtools a file belongs to. `page` is what runs with the app and what shows it (the agent also in
 * a Node process: `node`), `node` is what stands between them: the Vite plugin, the relay, the CLI.
 */
export function devtoolsSide(file: string): 'page' | 'node' | 'protocol' | undefined {
  const part = /^src\/devtools\/([^/.]+)/.exec(file)?.[1]
  if (part === undefined) return undefined
  if (part === 'protocol') return 'protocol'
  return PAGE_SIDE.includes(part) ? 'page' : NODE_SIDE.includes(part) ? 'node' : undefined
}

const MACHINE_MAY = ['src/core/machine', 'src/core/error.ts', 'src/core/trace.ts', 'src/core/ports']
const MACHINE_PACKAGES = ['@preact/signals-core', '@standard-schema/spec']
const isFsmStore = (file: string) => /^src\/core\/fsm\/store[./]/.test(file)

export const rules: Rule[] = [
  {
    name: 'core imports nothing of adapters, devtools, testing or the command line',
    breaks: ({ from, to }) => under(from, 'src/core') && inside(to) && !under(to, 'src/core'),
  },
  {
    name: 'core imports no builtin of Node',
    breaks: ({ from, to }) => under(from, 'src/core') && builtin(to),
  },
  {
    name: 'an adapter imports core and itself, nothing else of src',
    breaks: ({ from, to }) =>
      adapterOf(from) !== undefined && inside(to) && !under(to, 'src/core') && adapterOf(to) !== adapterOf(from),
  },
  {
    name: 'devtools import core and themselves, nothing else of src',
    breaks: ({ from, to }) => under(from, 'src/devtools') && inside(to) && !under(to, 'src/core', 'src/devtools'),
  },
  {
    name: 'page side and Node side of devtools meet only in protocol.ts',
    breaks: ({ from, to }) => {
      if (!under(from, 'src/devtools') || !under(to, 'src/devtools')) return false
      const sides = [devtoolsSide(from), devtoolsSide(to)]
      return sides.includes(undefined) || (sides[0] !== sides[1] && sides[1] !== 'protocol')
    },
  },
  {
    name: 'store never imports machine, nor the reverse',
    breaks: ({ from, to }) =>
      (under(from, 'src/core/store', 'src/core/model') && under(to, 'src/core/machine')) ||
      (under(from, 'src/core/machine') && under(to, 'src/core/store', 'src/core/model')),
  },
  {
    name: 'machine imports only itself, signals-core, Standard Schema types, error.ts, trace.ts and ports',
    breaks: ({ from, to, typeOnly }) => {
      if (!under(from, 'src/core/machine')) return false
      if (to === '@standard-schema/spec') return !typeOnly
      return inside(to) ? !under(to, ...MACHINE_MAY) : !MACHINE_PACKAGES.includes(to)
    },
  },
  {
    name: 'fsm imports nothing of model, store, machine or signals, save fsm/store',
    breaks: ({ from, to }) =>
      under(from, 'src/core/fsm') &&
      !isFsmStore(from) &&
      (under(to, 'src/core/model', 'src/core/store', 'src/core/machine', 'src/core/index.ts') ||
        isFsmStore(to) ||
        to.startsWith('@preact/')),
  },
  {
    name: 'only tests import vitest',
    breaks: ({ to }) => to === 'vitest' || to.startsWith('vitest/') || to.startsWith('@vitest/'),
  },
  {
    name: 'every import names its file or package as a literal, with its extension',
    breaks: ({ to }) => to.startsWith('computed:') || (inside(to) && !/\.(tsx?|json|css)(\?\w+)?$/.test(to)),
  },
]

/** What breaks a rule, one sentence each. Tests may import what they like. */
export function violations(imports: readonly Import[]): string[] {
  const code = imports.filter(({ from }) => !isTest(from))
  return rules.flatMap((rule) =>
    code.filter(rule.breaks).map(({ from, line, to }) => `${from}:${line} imports ${to}, but ${rule.name}.`),
  )
}

/** Every runtime import cycle, as a path that ends where it began; one per strongly connected group of files. */
export function cycles(imports: readonly Import[]): string[] {
  const graph = new Map<string, Set<string>>()
  for (const { from, to, typeOnly } of imports) {
    if (typeOnly || !inside(to)) continue
    graph.set(from, (graph.get(from) ?? new Set()).add(to))
  }
  const found = new Map<string, string>()
  const done = new Set<string>()
  const visit = (file: string, path: string[]) => {
    const at = path.indexOf(file)
    if (at >= 0) {
      const cycle = path.slice(at)
      found.set([...cycle].sort().join(), [...cycle, file].join(' -> '))
    }
    if (at >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return [...found.values()]
}
