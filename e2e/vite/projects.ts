import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Vite from 'vite'
import { install } from '../../test/dist/install.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const app = fileURLToPath(new URL('./fixtures/app', import.meta.url))

/** The majors of Vite the plugin is for, and the packages they are installed as. */
export const majors = { 5: 'vite5', 6: 'vite6', 7: 'vite7', 8: 'vite' } as const
export type Major = keyof typeof majors

/** A major's API. Their types differ, and what is used of them does not: the newest speaks for all. */
export const load = (major: Major): Promise<typeof Vite> => import(majors[major])

/** A major's command line. */
export const cli = (major: Major): string =>
  join(dirname(createRequire(import.meta.url).resolve(`${majors[major]}/package.json`)), 'bin/vite.js')

/** How an app can come to the package: from the packed tarball, by a link to a clone, or as a part of it. */
export type How = 'installed' | 'linked' | 'self-referenced'

/** The app, once in each way, and a folder for what the tests make. */
export interface Projects {
  readonly roots: Readonly<Record<How, string>>
  /** A new folder. */
  scratch(): string
  remove(): void
}

export function makeProjects(): Projects {
  const installed = install()
  cpSync(app, installed.folder, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'escapement-vite-'))
  const linked = join(folder, 'linked')
  cpSync(app, linked, { recursive: true })
  writeFileSync(join(linked, 'package.json'), '{ "type": "module", "private": true }\n')
  // As `npm link` does: the package is where it is developed, its peer also beside the app.
  for (const [name, target] of [
    ['escapement', root],
    ['@preact/signals-core', join(root, 'node_modules/@preact/signals-core')],
  ] as const) {
    mkdirSync(dirname(join(linked, 'node_modules', name)), { recursive: true })
    symlinkSync(target, join(linked, 'node_modules', name), 'junction')
  }
  return {
    roots: { installed: installed.folder, linked, 'self-referenced': app },
    scratch: () => mkdtempSync(join(folder, 'scratch-')),
    remove() {
      installed.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
