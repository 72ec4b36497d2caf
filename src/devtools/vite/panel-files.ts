import { createHash } from 'node:crypto'
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

/** One file of the prebuilt panel, as it is answered. */
export interface PanelFile {
  readonly body: Buffer
  readonly type: string
  readonly etag: string
  /** Its name holds the hash of its content: it never changes. */
  readonly immutable: boolean
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * The files below a folder, by their path from there with `/`; empty when there is no such folder. Whoever answers
 * requests by looking a path up in it has no path to sanitise: what is not a key does not exist. Links are left out.
 */
export function readPanel(folder: string): ReadonlyMap<string, PanelFile> {
  const files = filesBelow(folder).map((entry) => join(entry.parentPath, entry.name))
  return new Map(files.map((file) => [relative(folder, file).split(sep).join('/'), panelFile(file)]))
}

function filesBelow(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function panelFile(file: string): PanelFile {
  const body = readFileSync(file)
  return {
    body,
    type: TYPES[extname(file)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: /-[\w-]{8}\.\w+$/.test(file),
  }
}
