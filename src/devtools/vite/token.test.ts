import { expect, test, vi } from 'vitest'

const KEY = Symbol.for('escapement.relay')

test('a token is one per root, and outlives the module', async () => {
  const { tokenOf } = await import('./token.ts')
  const token = tokenOf('/a')
  expect(token).toMatch(/^[\w-]{43}$/)
  expect([tokenOf('/a'), tokenOf('/b') === token]).toEqual([token, false])
  vi.resetModules()
  const again = await import('./token.ts')
  expect(again.tokenOf).not.toBe(tokenOf)
  expect(again.tokenOf('/a')).toBe(token)
  Reflect.deleteProperty(globalThis, KEY)
  expect(again.tokenOf('/a')).not.toBe(token)
})
