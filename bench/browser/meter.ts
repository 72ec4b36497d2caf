/** One look per frame: when, in milliseconds, and what the page's meter showed. */
export interface Look {
  readonly at: number
  readonly shown: number
}

const SECOND = 1000
/** Frames a second the meter may be off by: it rounds, and its frames begin a moment before or after ours. */
const TOLERANCE = 3

/** How many frames a second these looks are. */
export const rateOf = (looks: readonly Look[]): number =>
  ((looks.length - 1) / (looks.at(-1)!.at - looks[0]!.at)) * SECOND

/** What is wrong with a meter that shows, once a second, the frames of the second before; undefined when nothing is. */
export function wrongIn(looks: readonly Look[]): string | undefined {
  const gap = Math.max(...looks.slice(1).map(({ at }, i) => at - looks[i]!.at))
  // Long enough for a second that was counted, and one in which it is still shown.
  const from = looks[0]!.at + 2 * (SECOND + gap)
  const checked = looks.flatMap(({ at }, k) => (at >= from ? [k] : []))
  if (checked.length === 0) return `no frame was checked: ${Math.round(gap)} ms without one`
  for (const k of checked) {
    const { shown, at } = looks[k]!
    const counted = secondsBefore(looks, k, SECOND + 2 * gap)
    const [least, most] = [Math.min(...counted), Math.max(...counted)]
    if (shown >= least - TOLERANCE && shown <= most + TOLERANCE) continue
    return `the meter shows ${shown} after ${Math.round(at - looks[0]!.at)} ms, counted were ${Math.round(least)} to ${Math.round(most)}`
  }
  return undefined
}

/**
 * The rates of all seconds that ended at a look up to `k`, at most `age` before it. As for the meter, a second ends with
 * the first frame that is a second or more after its beginning, so after a long frame there are several.
 */
function secondsBefore(looks: readonly Look[], k: number, age: number): number[] {
  const rates: number[] = []
  for (let j = k; j > 0 && looks[k]!.at - looks[j]!.at <= age; j--) {
    for (let i = j - 1; i >= 0 && looks[j - 1]!.at - looks[i]!.at < SECOND; i--) {
      if (looks[j]!.at - looks[i]!.at >= SECOND) rates.push(rateOf(looks.slice(i, j + 1)))
    }
  }
  return rates
}
