/**
 * Eight pages are fetched, three at a time, and merged. Every job is an auto state, so all that wait are tried whenever
 * something changed: `canEnter` counts the places, and refuses just those that find none. That is the fan-out and its
 * limit; the fan-in is one `require`. There is no pool, no queue, and no counter to keep right: a job has left its
 * place the moment its state ends, be it done or called off.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine, type StateOptions } from 'escapement'
import { pass, say, timers, why, work } from './story.ts'

const LIMIT = 3
const pages = [1, 2, 3, 4, 5, 6, 7, 8] as const
type Page = (typeof pages)[number]
type JobState = `Fetch${Page}` | `Page${Page}`

const jobs = Object.fromEntries(
  pages.flatMap((n): [JobState, StateOptions<'Start' | JobState>][] => [
    [`Fetch${n}`, { auto: true, require: ['Start'] }],
    [`Page${n}`, { remove: [`Fetch${n}`] }],
  ]),
) as Record<JobState, StateOptions<'Start' | JobState>>
const Crawl = defineMachine('crawl', {
  Start: {},
  ...jobs,
  Merged: { auto: true, require: pages.map((n) => `Page${n}` as const), remove: ['Start'] },
})
const crawl = createMachine(Crawl, { timers })

interface Asked {
  readonly state: string
  readonly transition: { readonly enters: readonly string[] }
}
const isFetch = (state: string) => state.startsWith('Fetch')
const fetching = () => crawl.active().filter(isFetch)
let most = 0

for (const n of pages) {
  crawl.handle({
    [`Fetch${n}`]: {
      // Those that run have their places. Of those that would enter together, the first take the rest.
      canEnter: ({ state, transition }: Asked) =>
        fetching().length + transition.enters.filter(isFetch).indexOf(state) < LIMIT,
      async entered() {
        most = Math.max(most, fetching().length)
        await work(40 + ((n * 70) % 110), crawl.signal(`Fetch${n}`))
        crawl.add(`Page${n}`)
      },
    },
  })
}
crawl.handle({
  any: { entered: ({ transition }) => say(`${transition.called.join(' ')}${transition.auto ? ' of their own' : ''}`) },
  Merged: { entered: () => say(`all ${pages.length} are merged`) },
})

crawl.add('Start')
assert.deepEqual(fetching(), ['Fetch1', 'Fetch2', 'Fetch3'])
say(`the seventh at once? ${why(crawl.add('Fetch7'))}`)
await pass(150)
say('-- stop')
crawl.remove('Start')
assert.deepEqual(fetching(), [], 'each was aborted by its signal')
await pass(100)
say('-- go on')
crawl.add('Start')
await pass(500)
assert(crawl.is('Merged'))
assert.equal(most, LIMIT)
say(`${crawl}`)
