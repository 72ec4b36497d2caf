import type { BoardScenario, Opening, Place, Playing, Rounds } from './board.ts'

/** As many frames a second as a screen has, but for the last one. */
const ENOUGH_FRAMES = 59
/** Milliseconds in which a page may not answer. */
const LONGEST_TASK = 100

/** What a scenario came to. */
export function told(scenario: BoardScenario, rounds: Rounds): string {
  const what =
    'speed' in scenario ? `at ${scenario.speed.toLocaleString('en')}x, 2,000 flights` : VISITS[scenario.visit]
  const head = `\n${scenario.name}: the flight board ${what}; simulation ${WHERE[scenario.place]}\n`
  if (typeof rounds === 'string') return `${head}  failed: ${rounds}\n`
  return `${head}${'speed' in scenario ? ofPlaying(scenario.speed, rounds as Playing[]) : ofOpening(rounds as Opening[])}`
}

const WHERE: Record<Place, string> = { worker: 'in a worker', page: 'in the page' }
const VISITS = {
  first: 'opens for the first time, and puts 2,000 flights on the board',
  next: 'opens again, and finds its 2,000 flights',
}

function ofPlaying(speed: number, rounds: readonly Playing[]): string {
  const of = (what: keyof Playing) => median(rounds.map((round) => round[what]))
  const rates = rounds.map(({ perSecond }) => perSecond)
  const perSecond = median(rates)
  const verdict = aim('60 frames per second', perSecond.toFixed(1), perSecond >= ENOUGH_FRAMES)
  return (
    `  ${perSecond.toFixed(1)} frames per second${range(rates, 1)}, ${of('ofIdle').toFixed(2)} x of an idle page; the page's own meter: ${of('meter')}\n` +
    `  main thread busy ${Math.round(of('busy') * 100)}% of the time, longest task ${longestOf(rounds)}; ${Math.round(of('transitions'))} transitions a second\n` +
    // Promised for this speed alone.
    (speed === 100 ? verdict : '')
  )
}

function ofOpening(rounds: readonly Opening[]): string {
  const longest = median(rounds.map((round) => round.longest))
  const seen = median(rounds.map((round) => round.seen))
  return (
    `  seen after ${(seen / 1000).toFixed(2)} s, longest task ${longestOf(rounds)}\n` +
    aim(`no task above ${LONGEST_TASK} ms`, task(longest), longest <= LONGEST_TASK)
  )
}

const aim = (words: string, got: string, met: boolean) => `  aim ${words}: ${got}, ${met ? 'met' : 'MISSED'}\n`
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const range = (values: readonly number[], digits = 0) =>
  values.length < 2 ? '' : ` (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`
const task = (ms: number) => (ms === 0 ? 'below 50 ms' : `${Math.round(ms)} ms`)

function longestOf(rounds: readonly { readonly longest: number }[]): string {
  const all = rounds.map(({ longest }) => longest)
  return `${task(median(all))}${range(all)}`
}
