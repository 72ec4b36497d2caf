import { createMachine } from '../../../src/core/index.ts'
import { connectDevtools } from '../../../src/devtools/index.ts'
import { Door, makeApp, SECRET } from './machines.ts'

connectDevtools()
const app = makeApp()
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'clerk' })

/** For the tests: the app, and every transition with the clock after it, as core's own tracer told. */
const truth: { label: string; seq: number; time: readonly number[] }[] = []
for (const machine of [app.door, app.session, app.lamp]) {
  machine.trace({
    transitionEnd: (t) => truth.push({ label: machine.id, seq: t.id, time: t.timeAfter }),
  })
}
const lab = {
  ...app,
  truth,
  worker,
  secret: SECRET,
  /** As many transitions as asked, a few to a task. */
  async flood(rows: number) {
    for (let i = 0; i < rows; i += 100) {
      for (let n = 0; n < 100; n++) app.lamp.toggle('On')
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  },
  another: () => createMachine(Door, { id: 'back-door' }),
}
Object.assign(globalThis, { lab })
export type Lab = typeof lab
