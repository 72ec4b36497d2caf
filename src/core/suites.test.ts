import { describe, expect, test } from 'vitest'
import { alone, inStore, runHere, stageOf } from './fixtures/suite.ts'
import { machineSuites, suites } from './fixtures/suites.ts'
import * as library from './index.ts'
import { ManualTimers } from './machine/fixtures/manual-timers.ts'

const ways = { 'in a store': [inStore, suites], 'without a store': [alone, machineSuites] } as const

// The same suites run through workers: see src/adapters/worker/suites.test.ts and e2e/worker.
for (const [way, [make, all]] of Object.entries(ways)) {
  describe.each(Object.entries(all))(`%s, ${way}`, (_name, suite) => {
    const scenes = suite(library)
    test.each(Object.keys(scenes))('%s', async (name) => {
      const scene = scenes[name]!
      await runHere(library, expect, scene, await stageOf(scene, new ManualTimers(), make(library)))
    })
  })
}
