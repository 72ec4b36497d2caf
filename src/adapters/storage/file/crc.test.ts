import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crcOf } from './crc.ts'

test('the sum of any stretch is that of zlib', () => {
  expect(crcOf(Buffer.from('123456789'), 0, 9)).toBe(0xcbf43926)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1200 }), fc.nat(30), fc.nat(30), (bytes, skip, drop) => {
      const to = Math.max(skip, bytes.length - drop)
      expect(crcOf(bytes, skip, to)).toBe(crc32(bytes.subarray(skip, to)))
    }),
  )
})
