import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseSync } from 'vite'

/** Every name a declaration file exports, types included (`type A`), sorted. Follows `export *`. */
export function exportedNames(file: string): string[] {
  const names = new Set<string>()
  collect(file, names)
  return [...names].sort()
}

function collect(file: string, names: Set<string>): void {
  const source = readFileSync(file, 'utf8')
  const { module, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  for (const { entries, start } of module.staticExports) {
    // The parser takes all that is declared without a body for a type.
    const isValue = /^export (declare )?(abstract )?(async )?(function|class|const|let|var)\b/.test(source.slice(start))
    for (const { exportName, importName, isType, moduleRequest } of entries)
      if (exportName.kind === 'Default') names.add('default')
      else if (exportName.name !== null) names.add(isType && !isValue ? `type ${exportName.name}` : exportName.name)
      else if (importName.kind === 'AllButDefault' && moduleRequest?.value.startsWith('.'))
        collect(resolve(dirname(file), moduleRequest.value.replace(/(\.d)?\.ts$/, '.d.ts')), names)
  }
}
