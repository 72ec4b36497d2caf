import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { ValidationError } from '../../core/index.ts'
import type { heavy } from './fixtures/heavy.ts'
import { DisconnectedError, type EndpointLike, type OffloadOptions, offload, type Pool } from './index.ts'

/** A worker thread that runs a TypeScript file of `fixtures`. */
const thread = (name: string) =>
  new Worker(new URL('./fixtures/typescript.mjs', import.meta.url), { workerData: `./${name}.ts`, stderr: true })

let pools: Pool<typeof heavy>[] = []
const pooled = (options: OffloadOptions = {}, make: () => EndpointLike = () => thread('heavy')) => {
  const pool = offload<typeof heavy>(make, { size: 1, ...options })
  pools.push(pool)
  return pool
}
afterEach(() => {
  for (const pool of pools) pool.close()
  pools = []
})

/** A number that a worker sets when it has begun. */
const flag = () => new Int32Array(new SharedArrayBuffer(4))
const begun = (started: Int32Array) =>
  (Atomics as unknown as { waitAsync(at: Int32Array, index: number, value: number): { value: unknown } }).waitAsync(
    started,
    0,
    0,
  ).value

describe('offload', () => {
  test('calls functions in workers, as many at a time as there are', async () => {
    const pool = pooled({ size: 2 })
    const totals = [1, 2, 3, 4].map((n) => pool.call('total', [[n, n]]))
    expect(pool.workers).toBe(2)
    expect(await Promise.all(totals)).toEqual([2, 4, 6, 8])
    expect(await pool.fn('total')([5, 6])).toBe(11)
    expect([pool.workers, pool.waiting]).toEqual([2, 0])
  }, 30_000)

  test('hands over what is to be transferred, both ways', async () => {
    const pool = pooled()
    const numbers = new Float64Array([1, 2.5])
    const twice = await pool.call('doubled', [numbers], { transfer: [numbers.buffer] })
    expect([...twice]).toEqual([2, 5])
    expect(numbers.length).toBe(0)
  }, 30_000)

  test('throws what the function threw: class, facts, and the stack it had there', async () => {
    const error = await pooled()
      .call('refuse', ['row 7'])
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ code: 'MODEL_INVALID', model: 'import', field: 'row 7' })
    expect((error as Error).stack).toContain('heavy.ts')
  }, 30_000)

  test('a crash rejects its call alone, and the worker is replaced', async () => {
    const pool = pooled()
    const crashed = pool.call('crash', [])
    const after = pool.call('total', [[1]])
    await expect(crashed).rejects.toMatchObject({ name: 'DisconnectedError', outcome: 'unknown' })
    expect(await after).toBe(1)
    expect(pool.workers).toBe(1)
  }, 30_000)

  test('an abort cuts short what runs, and takes back what waits', async () => {
    const pool = pooled()
    const [running, waiting] = [new AbortController(), new AbortController()]
    const started = flag()
    const first = pool.call('forever', [started], { signal: running.signal })
    const second = pool.call('total', [[1]], { signal: waiting.signal })
    const third = pool.call('total', [[2]])
    waiting.abort(new Error('not now'))
    await expect(second).rejects.toThrow('not now')
    await begun(started)
    running.abort(new Error('too long'))
    await expect(first).rejects.toThrow('too long')
    expect(await third).toBe(2)
    await expect(pool.call('total', [[1]], { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone')
  }, 30_000)

  test('says what it does not do', async () => {
    const pool = pooled({ queueLimit: 1 })
    const unknown = pool.call('nope' as never, [] as never)
    await expect(pool.call('total', [[1]])).rejects.toMatchObject({ code: 'POOL_FULL' })
    await expect(unknown).rejects.toThrow('serves no function "nope"')
    await expect(pool.call('total', [(() => 1) as never])).rejects.toThrow('could not be cloned')
    expect(await pool.call('total', [[7]])).toBe(7)
    const started = flag()
    const running = pool.call('forever', [started])
    await begun(started)
    pool.close()
    await expect(running).rejects.toMatchObject({ code: 'POOL_CLOSED' })
    await expect(pool.call('total', [[1]])).rejects.toMatchObject({ code: 'POOL_CLOSED' })
  }, 30_000)

  test('a worker that cannot start fails one call each, and no more', async () => {
    let made = 0
    const pool = pooled({}, () => {
      made++
      return thread('missing')
    })
    const calls = [pool.call('total', [[1]]), pool.call('total', [[2]])]
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(DisconnectedError)
    expect(made).toBe(2)
  }, 30_000)
})
