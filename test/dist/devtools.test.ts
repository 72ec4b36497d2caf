import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { importsOf, root } from '../imports.ts'

const panel = join(root, 'dist/devtools/panel')
const files = readdirSync(panel, { recursive: true, encoding: 'utf8' }).filter((file) => /\.\w+$/.test(file))
const html = readFileSync(join(panel, 'index.html'), 'utf8')

test('the panel is at most 120 kB, gzipped', () => {
  const sizes = files.map((file) => gzipSync(readFileSync(join(panel, file)), { level: 9 }).length)
  const size = sizes.reduce((sum, one) => sum + one)
  console.log(`the panel: ${size} of ${120 * 1024} bytes (minified, gzip)`)
  expect(size).toBeLessThanOrEqual(120 * 1024)
})

test('the panel is what its policy lets run: files beside the page, nothing inline', () => {
  expect(html.match(/<style|\sstyle=|\son\w+=|<base/g)).toBe(null)
  const scripts = html.match(/<script\b[^>]*>[^<]*/g) ?? []
  expect(scripts.length).toBeGreaterThan(0)
  for (const script of scripts) expect(script).toMatch(/^<script [^>]*src="\.\/[^"]+"[^>]*>$/)
  const named = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!)
  expect(named.filter((address) => !address.startsWith('./') && !address.startsWith('data:image/'))).toEqual([])
  // Else a browser asks the app's server for /favicon.ico.
  expect(html).toMatch(/<link rel="icon"/)
})

test('all but the page is named after its content, and kept for ever', () => {
  expect(files.filter((file) => !/-[\w-]{8}\.\w+$/.test(file))).toEqual(['index.html'])
})

test('the agent is one module that imports nothing and starts by its function', async () => {
  const file = join(root, 'dist/devtools/agent.js')
  expect(importsOf('agent.js', readFileSync(file, 'utf8'))).toEqual([])
  expect(Object.keys(await import(file))).toEqual(['connectDevtools'])
})
