import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createStore, defineModel, ValidationError } from '../index.ts'
import { parts } from './fixtures/scenes.ts'

// By value: what is stored is a deeply frozen copy of what was given; what is read is that frozen value.

const Box = defineModel('box', { f: v.any(), g: v.any() }, { initial: { f: null, g: null } })

function box() {
  return createStore({ state: [Box] }).get(Box)
}

/** Writes a value and reads it back. */
function kept<T>(value: T): T {
  const model = box()
  model.f = value
  return model.f as T
}

/** The refusal of a write. */
function refusal(value: unknown): ValidationError {
  const model = box()
  try {
    model.f = value
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError)
    expect(model.f).toBe(null)
    return error as ValidationError
  }
  throw new Error('was accepted')
}

test('law: for any plain data, equal, frozen, nothing shared; and written back it is not copied', () => {
  const data = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: false })
  fc.assert(
    fc.property(data, (value) => {
      let read: unknown
      const model = box()
      try {
        model.f = value
        read = model.f
      } catch (error) {
        // A key "__proto__" somewhere inside.
        expect((error as ValidationError).issues[0]?.path).toContain('__proto__')
        return
      }
      expect(read).toEqual(value)
      const mine = parts(value)
      for (const part of parts(read)) expect(!mine.has(part) && Object.isFrozen(part)).toBe(true)
      model.g = { around: [read] }
      expect((model.g as { around: unknown[] }).around[0]).toBe(read)
    }),
    { numRuns: 500 },
  )
})

/** What is no value, and to be had in Node alone; the rest is in the suite. */
const refused: Record<string, unknown> = {
  'a File': new File(['x'], 'x'),
  'a SharedArrayBuffer': new SharedArrayBuffer(1),
  'a Buffer': Buffer.from('x'),
  'a typed array of another realm': runInNewContext('new Uint8Array(1)'),
  'an Error of another realm': runInNewContext('new Error("x")'),
  'a class instance of another realm': runInNewContext('new (class A { x = 1 })()'),
}

test.each(Object.keys(refused))('%s is a ValidationError with its path, at the write, wherever it stands', (name) => {
  const value = refused[name]
  expect(refusal(value).issues).toEqual([{ path: ['f'], message: expect.stringMatching(/\w/) }])
  expect(refusal({ a: [{ b: value }] }).issues[0]?.path).toEqual(['f', 'a', 0, 'b'])
})

test('plain data of another realm is plain data', () => {
  const foreign = runInNewContext('({ a: [1, { b: 2 }], n: Object.create(null) })')
  expect(JSON.stringify(kept(foreign))).toBe('{"a":[1,{"b":2}],"n":{}}')
})
