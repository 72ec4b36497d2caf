import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { fileStorage } from '../src/adapters/storage/file/index.ts'
import { openStore } from '../src/core/index.ts'
import { Beat, clockAfter, Left, Right } from './fixtures/crash-child.ts'

const directory = mkdtempSync(join(tmpdir(), 'escapement-crash-'))
afterAll(() => rmSync(directory, { recursive: true }))

const child = new URL('./fixtures/crash-child.ts', import.meta.url).pathname

/** Runs the child, and kills it at once when it has acknowledged so many numbers; answers the last one it printed. */
function killedAfter(lines: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--import', 'tsx', child, directory], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    let seen = 0
    let last = 0
    running.stderr.on('data', (chunk) => {
      errors += chunk
    })
    createInterface({ input: running.stdout }).on('line', (line) => {
      last = Number(line)
      if (++seen === lines) running.kill('SIGKILL')
    })
    running.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(last)
      else reject(new Error(`the child ended by itself: ${errors}`))
    })
  })
}

test('a store killed at any moment keeps every acknowledged transaction, none in part, and the clocks of the last one', async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`crash test: SEED=${seed}`)
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  for (let round = 0; round < 12; round++) {
    const acknowledged = await killedAfter(1 + random(150))
    // At once: the lock of a killed process must not hold anybody up.
    const store = await openStore({ storage: fileStorage(directory), state: [Left, Right, Beat] })
    const n = store.get(Left).n
    const about = `SEED=${seed}, round ${round}, acknowledged ${acknowledged}`
    expect(n, about).toBeGreaterThanOrEqual(acknowledged)
    expect(store.get(Right).n, about).toBe(n)
    expect(store.get(Left).text, about).toBe('x'.repeat(n % 97))
    expect(store.get(Beat).clock(), about).toEqual(clockAfter(n))
    await store.close()
  }
}, 120_000)
