import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Address, formatAddress, parseAddress } from './identity.ts'

test('addresses read well', () => {
  expect(formatAddress({ target: 't1', machine: 'door#1', seq: 7 })).toBe('#/t1/door%231/tx/7')
  expect(formatAddress({ target: 't1', store: 'app', commit: 3, run: 'r' })).toBe('#/t1/store/app/commit/3?run=r')
  expect(parseAddress('#/t1')).toEqual({ target: 't1' })
})

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const addresses: fc.Arbitrary<Address> = fc
  .record({
    target: name,
    what: fc.oneof(
      fc.constant({}),
      fc.record({ machine: name }),
      fc.record({ machine: name, seq: fc.nat() }),
      fc.record({ store: name }),
      fc.record({ store: name, commit: fc.nat() }),
    ),
    run: fc.option(name, { nil: undefined }),
  })
  .map(({ target, what, run }) => ({ target, ...what, ...(run !== undefined && { run }) }))

test('every address is found again, whatever the names', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address)
    }),
  )
})

test('even these', () => {
  for (const machine of ['store', 'tx', 'a/b', '%', '?run=x', '#', ' ', '__proto__']) {
    for (const address of [
      { target: 't', machine },
      { target: 't', machine, seq: 1 },
      { target: 't', store: machine },
    ]) {
      expect(parseAddress(formatAddress(address))).toEqual(address)
    }
  }
})

test.each([
  '',
  '#',
  '#/',
  '/t',
  '#/t/',
  '#/t/m/tx/',
  '#/t/m/tx/x',
  '#/t/m/x/1',
  '#/t/%E0%A4%A',
  '#/t?run=',
  '#/t/m/tx/1/2',
  '#/t/m/tx/-1',
  'javascript:alert(1)',
])('%s is none', (hash) => {
  expect(parseAddress(hash)).toBeUndefined()
})
