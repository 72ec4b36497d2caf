import { mkdirSync, mkdtempSync } from 'node:fs'

/** A new directory on the disk this folder is on: the one below /tmp may be memory. */
export function newDirectory(): string {
  mkdirSync('.data', { recursive: true })
  return mkdtempSync('.data/commits-')
}
