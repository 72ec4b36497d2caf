import { expectTypeOf, test } from 'vitest'
import { openStore, type Replica } from '../../../../core/index.ts'
import { type CrossTab, crossTab, indexedDbStorage, type Role } from '../index.ts'

test('crossTab() is an option of openStore, and says what the tab is', () => {
  const tabs = crossTab()
  expectTypeOf(tabs).toEqualTypeOf<CrossTab>()
  expectTypeOf(tabs).toExtend<Replica>()
  expectTypeOf(tabs.role).toEqualTypeOf<Role>()
  expectTypeOf<Role>().toEqualTypeOf<'joining' | 'owner' | 'mirror' | 'alone'>()
  expectTypeOf(openStore).toBeCallableWith({ storage: indexedDbStorage('app'), crossTab: crossTab({ beat: 500 }) })
  // @ts-expect-error the role is decided among the tabs
  tabs.role = 'owner'
  // @ts-expect-error there is no such option
  crossTab({ heartbeat: 500 })
  // @ts-expect-error the function is to be called
  openStore({ crossTab })
})
