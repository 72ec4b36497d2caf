import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../imports.ts'
import { manifest } from '../package.ts'

/** A folder of its own in which the packed package is installed, as a user would have it. */
export interface Installed {
  folder: string
  tarball: string
  remove(): void
}

/**
 * Packs the project and installs the tarball, with its dependencies and peers alone beside it (linked, not fetched):
 * what works here does not lean on a development dependency. `also` names packages a program needs besides.
 */
export function install(also: readonly string[] = []): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root })
  const tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz'))!)
  execFileSync('tar', ['-xzf', tarball, '-C', folder])
  renameSync(join(folder, 'package'), join(modules, manifest.name))
  for (const name of [...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), ...also]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  return { folder, tarball, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
