import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

/**
 * Emits `sw.js` with a build, which keeps every file of that build, so that the board opens without a network. In
 * development there is none: what you edit should be what you see.
 */
export function serviceWorker(): Plugin {
  const source = new URL('./service-worker-source.js', import.meta.url)
  return {
    name: 'flight-board:service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const files = ['./', 'icon.svg', ...Object.keys(bundle).filter((file) => file !== 'index.html')].sort()
        const hash = createHash('sha256')
        for (const [file, part] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          hash.update(file).update(part.type === 'chunk' ? part.code : part.source)
        }
        const head = `const version = ${JSON.stringify(hash.digest('hex').slice(0, 12))}\nconst files = ${JSON.stringify(files)}\n`
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: head + readFileSync(source, 'utf8') })
      },
    },
  }
}
