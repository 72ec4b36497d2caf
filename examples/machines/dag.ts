/**
 * A build as a graph of dependencies. Each task is a pair of states: `Test`, auto, is the work, and `TestDone` its
 * result; both require the results the task needs. So whatever can start starts, side by side. When a source changes,
 * one `remove` takes back its result and, by `require`, all that was built from it and no more, and the auto states
 * build that anew. A need that is no task is a type error.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine, type StateOptions } from 'escapement'
import { pass, say, timers, why, work } from './story.ts'

const tasks = {
  Compile: { ms: 100, needs: [] },
  Lint: { ms: 50, needs: [] },
  Draw: { ms: 150, needs: [] },
  Test: { ms: 100, needs: ['Compile'] },
  Bundle: { ms: 50, needs: ['Compile', 'Draw'] },
  Publish: { ms: 10, needs: ['Test', 'Lint', 'Bundle'] },
} as const satisfies Record<string, { ms: number; needs: readonly string[] }>
type Task = keyof typeof tasks
type State = Task | `${Task}Done`
const names = Object.keys(tasks) as Task[]

const states = Object.fromEntries(
  names.flatMap((name): [State, StateOptions<State>][] => {
    const require = tasks[name].needs.map((need): State => `${need}Done`)
    return [
      [name, { auto: true, require }],
      [`${name}Done`, { require, remove: [name] }],
    ]
  }),
) as Record<State, StateOptions<State>>
const build = createMachine(defineMachine('build', states), { timers })

for (const name of names) {
  build.handle({
    [name]: {
      async entered() {
        say(`${name} begins`)
        await work(tasks[name].ms, build.signal(name))
        build.add(`${name}Done`)
      },
      exited: () => build.not(`${name}Done`) && say(`${name} is given up`),
    },
    [`${name}Done`]: { entered: () => say(`${name} is done`), exited: () => say(`${name} is no longer done`) },
  })
}
const runs = () => Object.fromEntries(names.map((name) => [name, (build.tick(name) + 1) >> 1]))

say(`publish at once? ${why(build.add('Publish'))}`)
build.add('Lint') // Any change wakes the auto states, all of them.
await pass(400)
assert(build.is('PublishDone'))
assert.deepEqual(runs(), { Compile: 1, Lint: 1, Draw: 1, Test: 1, Bundle: 1, Publish: 1 })

say('-- a drawing changes')
build.remove('DrawDone')
await pass(400)
assert(build.is('PublishDone'))
assert.deepEqual(runs(), { Compile: 1, Lint: 1, Draw: 2, Test: 1, Bundle: 2, Publish: 2 })

say('-- the code changes')
build.remove(['CompileDone', 'LintDone'])
await pass(150)
say('-- and once more')
build.remove('CompileDone') // The test under way is aborted by its signal.
await pass(400)
assert(build.is('PublishDone'))
assert.deepEqual(runs(), { Compile: 3, Lint: 2, Draw: 2, Test: 3, Bundle: 4, Publish: 3 })
say(`${build}`)
