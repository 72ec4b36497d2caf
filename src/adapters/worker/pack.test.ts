import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Packer, unpack } from './pack.ts'
import type { Call, Described } from './protocol.ts'

const about = (key: string, many: boolean, names: readonly string[]): Described => {
  return { key, many, version: 1, names, hidden: [] }
}
const MANY = Array.from({ length: 200 }, (_, i) => `S${i}`)
const described = [
  about('model/a', false, ['x']),
  about('machine/m', false, ['A', 'B', 'Exception']),
  about('machine/many', true, ['A']),
  about('machine/large', false, MANY),
]
const namesOf = (place: number) => described[place]?.names
const acts = ['machine.add', 'machine.remove', 'machine.set', 'machine.toggle', 'machine.canAdd', 'set', 'nothing']

const call: fc.Arbitrary<Call> = fc
  .tuple(
    fc.constantFrom(...acts),
    fc.oneof(fc.nat(4), fc.constant([2, 'id'] as const)),
    fc.constantFrom<Call[2]>(0, 0, 0, { durable: true }),
    fc.oneof(
      fc.constantFrom('A', 'B', 'S150', 'Nope'),
      fc.array(fc.constantFrom('A', 'B', 'S7', 'S199'), { maxLength: 3 }),
    ),
    fc.constantFrom(undefined, undefined, { n: 1 }),
  )
  .map(([act, ref, terms, states, args]) => (args ? [act, ref, terms, states, args] : [act, ref, terms, states]))

/** One state is as good as a list of it. */
const plain = ([act, ref, terms, states, ...rest]: Call) => [act, ref, terms, [states].flat(), ...rest]

test('law: what is unpacked was packed', () => {
  const packer = new Packer(described)
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
      const { bytes, whole } = packer.pack(calls)
      expect(unpack(bytes, whole, namesOf).map(plain)).toEqual(calls.map(plain))
    }),
  )
})

test('mutations of single machines are bytes alone; what says more goes whole', () => {
  const packer = new Packer(described)
  const short: Call[] = [
    ['machine.add', 1, 0, 'B', undefined],
    ['machine.toggle', 3, 0, ['S1', 'S150'], undefined],
    ['machine.set', 1, 0, [], undefined],
  ]
  expect(packer.pack(short)).toEqual({ bytes: new Uint8Array([1, 1, 1, 1, 4, 3, 2, 1, 150, 1, 3, 1, 0]), whole: [] })
  const long: Call[] = [
    ['machine.add', 1, 0, 'Nope'],
    ['machine.add', 1, 0, 'A', { n: 1 }],
    ['machine.add', 1, { durable: true }, 'A'],
    ['machine.add', [2, 'x'], 0, 'A'],
    ['machine.add', 2, 0, 'A'],
    ['machine.add', 9, 0, 'A'],
    ['machine.canAdd', 1, 0, 'A'],
  ]
  expect(packer.pack(long)).toEqual({ bytes: new Uint8Array(long.length), whole: long })
})
