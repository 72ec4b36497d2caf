import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium } from '@playwright/test'
import { ensureChromium, flags, thisMachine } from '../../e2e/chromium.ts'

const data = fileURLToPath(new URL('../.data', import.meta.url))
const { path: executablePath } = ensureChromium(thisMachine(), (line) => console.log(line))

/** Runs in a browser of its own, with an empty profile on the disk this folder is on: private ones are in memory. */
export async function fresh<T>(run: (browser: BrowserContext) => Promise<T>): Promise<T> {
  mkdirSync(data, { recursive: true })
  const profile = mkdtempSync(join(data, 'browser-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...flags] })
  try {
    return await run(context)
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
