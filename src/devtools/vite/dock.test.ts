import { expect, test, vi } from 'vitest'
import { registerDock } from './dock.ts'

test('the panel is registered as a frame, with an icon that needs no request', () => {
  const register = vi.fn()
  registerDock({ docks: { register } }, '/app/__escapement/')
  expect(register).toHaveBeenCalledExactlyOnceWith({
    id: 'escapement',
    title: 'Escapement',
    type: 'iframe',
    url: '/app/__escapement/',
    icon: expect.stringMatching(/^data:image\/svg\+xml,%3Csvg[^<>"#]*$/),
  })
})

test.each([
  ['no context', undefined],
  ['no docks', {}],
  ['docks that cannot register', { docks: {} }],
  ['docks that register by another name', { docks: { register: 1 as never } }],
  [
    'docks that refuse',
    {
      docks: {
        register() {
          throw new Error('taken')
        },
      },
    },
  ],
  [
    'a context that throws when asked',
    {
      get docks(): never {
        throw new Error('gone')
      },
    },
  ],
])('a hub with %s does no harm', (_, hub) => {
  expect(() => registerDock(hub, '/')).not.toThrow()
})
test('nor does one that refuses later', async () => {
  registerDock({ docks: { register: () => Promise.reject(new Error('taken')) } }, '/')
  // An unhandled rejection fails the run.
  await new Promise(setImmediate)
})
