import { join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { root } from './imports.ts'
import { entries } from './package.ts'

/** What a user's bundler makes of a program: its size, and the files of ours that something of is left of. */
export interface Bundle {
  /** Bytes after minification and gzip. */
  gzip: number
  code: string
  /** From the root of the project, with `/`; then the packages it imports at once and that were not bundled. */
  files: string[]
}

/**
 * Bundles and minifies one program that imports by published names, as a user's bundler would. Of `src` each file
 * stays visible in `files`; `dist` is what users get.
 */
export async function bundle(program: string, from: 'src' | 'dist', external: readonly string[]): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    external: [...external],
    plugins: [published(from)],
    write: false,
    metafile: true,
    absWorkingDir: root,
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const atOnce = imports.filter(({ kind, external }) => external && kind === 'import-statement')
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  return {
    gzip: gzipSync(outputFiles[0]!.contents, { level: 9 }).length,
    code: outputFiles[0]!.text,
    files: [
      ...inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file.split(sep).join('/')),
      ...new Set(atOnce.map(({ path }) => path)),
    ],
  }
}

const published = (from: 'src' | 'dist'): Plugin => ({
  name: 'published names',
  setup({ onResolve }) {
    onResolve({ filter: /^escapement(\/|$)/ }, ({ path }) => {
      const entry = entries.find(({ specifier }) => specifier === path)
      return entry
        ? { path: join(root, from === 'src' ? entry.source : entry.runtime), sideEffects: false }
        : { errors: [{ text: `package.json does not export ${path}` }] }
    })
  },
})
