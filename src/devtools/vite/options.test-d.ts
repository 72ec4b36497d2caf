import { expectTypeOf, test } from 'vitest'
import type { DevtoolsOptions } from '../index.ts'
import { type EscapementOptions, escapement } from './index.ts'

test('what the plugin hands to the agent is what the agent takes', () => {
  expectTypeOf<Omit<EscapementOptions, 'enabled'>>().toEqualTypeOf<Omit<DevtoolsOptions, 'label'>>()
})
test('options are the known ones', () => {
  expectTypeOf(escapement).toBeCallableWith({ enabled: true, values: 'types', commands: false })
  // @ts-expect-error a label is one realm's, not the server's
  escapement({ label: 'a' })
  // @ts-expect-error there are two ways to show values
  escapement({ values: 'none' })
})
