import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPlace, type Place, parsePlace, SCOPES, VIEWS } from './address.ts'

test('reads the form of the design', () => {
  const place: Place = { target: 'page-1', machine: 'door/2', seq: 41, run: 'a1' }
  expect(parsePlace('#/page-1/door%2F2/tx/41?run=a1')).toEqual(place)
  expect(formatPlace(place)).toBe('#/page-1/door%2F2/tx/41?run=a1')
})

test.each([
  ['', {}],
  ['#', {}],
  ['#/', {}],
  ['#/t', { target: 't' }],
  ['#/t/m/tx/', { target: 't', machine: 'm' }],
  ['#/t/m/tx/1e3', { target: 't', machine: 'm' }],
  ['#/t/m/tx/-1', { target: 't', machine: 'm' }],
  ['#/t/store/app/commit/3', { target: 't', store: 'app', commit: 3 }],
  ['#/%E0%A4/m/tx/1', {}],
  ['#/t?view=graph&scope=all', { target: 't', scope: 'all' }],
  ['nonsense', {}],
] as [string, Place][])('%s', (hash, place) => {
  expect(parsePlace(hash)).toEqual(place)
})

const text = fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' })).filter((t) => {
  try {
    encodeURIComponent(t)
    return t !== 'store'
  } catch {
    return false
  }
})
const seq = fc.integer({ min: 0, max: 2 ** 40 })
const places: fc.Arbitrary<Place> = fc
  .tuple(
    fc.oneof(
      fc.record({ target: text }),
      fc.record({ target: text, machine: text }),
      fc.record({ target: text, machine: text, seq }),
      fc.record({ target: text, store: text, commit: seq }),
    ),
    fc.record(
      {
        run: text,
        view: fc.constantFrom(...VIEWS),
        scope: fc.constantFrom(...SCOPES),
        state: text,
        on: text,
        mark: text,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([path, query]) => ({ ...path, ...query }))

test('every place survives being written and read', () => {
  fc.assert(
    fc.property(places, (place) => {
      expect(parsePlace(formatPlace(place))).toEqual(place)
    }),
  )
})

test('no text throws', () => {
  fc.assert(fc.property(fc.string(), (hash) => void parsePlace(hash)))
  fc.assert(fc.property(fc.string(), (hash) => void parsePlace(`#/${hash}`)))
})
