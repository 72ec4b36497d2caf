import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Address, formatAddress, parseAddress, SCOPES, VIEWS } from './address.ts'

test('reads the form of the design', () => {
  expect(parseAddress('#/page-1/door%2F2/tx/41?run=a1')).toEqual({
    target: 'page-1',
    machine: 'door/2',
    tx: 41,
    run: 'a1',
  })
  expect(formatAddress({ target: 'page-1', machine: 'door/2', tx: 41, run: 'a1' })).toBe(
    '#/page-1/door%2F2/tx/41?run=a1',
  )
})

test.each([
  ['', {}],
  ['#', {}],
  ['#/', {}],
  ['#/t', { target: 't' }],
  ['#/t/m/tx/', { target: 't', machine: 'm' }],
  ['#/t/m/tx/1e3', { target: 't', machine: 'm' }],
  ['#/t/m/tx/-1', { target: 't', machine: 'm' }],
  ['#/t/m/commit/3', { target: 't', machine: 'm', commit: 3 }],
  ['#/%E0%A4/m/tx/1', {}],
  ['#/t?view=graph&scope=all', { target: 't', scope: 'all' }],
] as [string, Address][])('%s', (hash, address) => {
  expect(parseAddress(hash)).toEqual(address)
})

const text = fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' })).filter((t) => {
  try {
    encodeURIComponent(t)
    return true
  } catch {
    return false
  }
})
const seq = fc.integer({ min: 0, max: 2 ** 40 })
const addresses: fc.Arbitrary<Address> = fc
  .tuple(
    fc.oneof(
      fc.constant({}),
      fc.record({ target: text }),
      fc.record({ target: text, machine: text }),
      fc.record({ target: text, machine: text, tx: seq }),
      fc.record({ target: text, machine: text, commit: seq }),
    ),
    fc.record(
      { run: text, view: fc.constantFrom(...VIEWS), scope: fc.constantFrom(...SCOPES), state: text },
      { requiredKeys: [] },
    ),
  )
  .map(([path, query]) => ({ ...path, ...query }))

test('every address survives being written and read', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address)
    }),
  )
})

test('no text throws', () => {
  fc.assert(fc.property(fc.string(), (hash) => void parseAddress(hash)))
})
