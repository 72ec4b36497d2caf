import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readPanel } from './panel-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'escapement-panel-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('files are known by their paths, and links are not followed', () => {
  mkdirSync(join(folder, 'panel/assets'), { recursive: true })
  writeFileSync(join(folder, 'secret'), 'secret')
  writeFileSync(join(folder, 'panel/index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'panel/assets/a-12345678.js'), '')
  writeFileSync(join(folder, 'panel/assets/b.unheard'), '')
  symlinkSync(join(folder, 'secret'), join(folder, 'panel/link'))
  symlinkSync(folder, join(folder, 'panel/up'), 'junction')
  const files = readPanel(join(folder, 'panel'))
  expect([...files.keys()].sort()).toEqual(['assets/a-12345678.js', 'assets/b.unheard', 'index.html'])
  expect(files.get('index.html')).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false })
  expect(files.get('assets/a-12345678.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', immutable: true })
  expect(files.get('assets/b.unheard')).toMatchObject({ type: 'application/octet-stream', immutable: false })
})
test('no folder, no files', () => {
  expect(readPanel(join(folder, 'none')).size).toBe(0)
})
