import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

/** The folder of the project, however the tests were started. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

/** One import of one file. */
export interface Import {
  /** The file that imports, from the root of the project, with `/`. */
  from: string
  line: number
  /** What it names: a file from the root of the project, or a package or builtin as written. */
  to: string
  /** True when nothing of it is left once the types are gone. */
  typeOnly: boolean
}

/**
 * The imports of TypeScript source: static and dynamic imports, re-exports and `import('x').T` in types. TypeScript 7
 * ships no compiler API for JavaScript, so it is Vite's own parser (oxc) that reads.
 *
 * `import { type A } from './a.ts'` counts as a runtime import: under `verbatimModuleSyntax` the import itself stays.
 */
export function importsOf(file: string, source: string): Import[] {
  const { module, program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found: { at: number; specifier: string; typeOnly: boolean }[] = []
  for (const one of module.staticImports) {
    const { value, start } = one.moduleRequest
    found.push({
      at: start,
      specifier: value,
      typeOnly: /^import\s+type\b(?!\s*(,|from\s*['"]))/.test(source.slice(one.start)),
    })
  }
  for (const { start, entries } of module.staticExports) {
    const target = entries.find((entry) => entry.moduleRequest)?.moduleRequest
    if (target)
      found.push({ at: target.start, specifier: target.value, typeOnly: /^export\s+type\b/.test(source.slice(start)) })
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const text = source.slice(moduleRequest.start, moduleRequest.end)
    const literal = /^(['"`])([^'"`$]*)\1$/.exec(text)
    // A computed import cannot be judged, so it is reported as itself and no rule allows it.
    found.push({ at: moduleRequest.start, specifier: literal?.[2] ?? `computed:${text}`, typeOnly: false })
  }
  eachTypeImport(program, (at, specifier) => found.push({ at, specifier, typeOnly: true }))
  return found.map(({ at, specifier, typeOnly }) => ({
    from: file,
    line: source.slice(0, at).split('\n').length,
    to: specifier.startsWith('.') ? posix(relative(root, resolve(root, dirname(file), specifier))) : specifier,
    typeOnly,
  }))
}

function eachTypeImport(node: unknown, found: (at: number, specifier: string) => void): void {
  if (node === null || typeof node !== 'object') return
  const { type, source } = node as { type?: string; source?: { value: string; start: number } }
  if (type === 'TSImportType' && source) found(source.start, source.value)
  for (const child of Object.values(node)) eachTypeImport(child, found)
}

/** All imports of the TypeScript files below a folder. */
export function importsIn(folder: string): Import[] {
  return typescriptFiles(folder).flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))
}

/** The TypeScript files below a folder, from the root of the project, with `/`, sorted; declarations left out. */
export function typescriptFiles(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => posix(join(folder, file)))
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts') && !file.includes('node_modules/'))
    .sort()
}

const posix = (path: string) => path.split(sep).join('/')
