// The page of the browser bench. One contestant per page: nobody runs in code that another has warmed or shaped.
import { contestants, type Durability, keptAfter } from './contestants.ts'
import { frames } from './frames.ts'

const SAMPLES = 9
const SAMPLE_MS = 100
const WARM_MS = 500

/** Throws when the contestant does other work than the rest. */
async function verify(label: keyof typeof contestants, durability: Durability, width: number): Promise<void> {
  const steps = 25
  const commits = await contestants[label]('verify', durability, width)
  await commits.run(0, steps)
  const [got, wanted] = [JSON.stringify(await commits.outcome()), JSON.stringify(keptAfter(steps * width))]
  await commits.close()
  if (got !== wanted) throw new Error(`other work: came to ${got}, not ${wanted}`)
}

/** Nanoseconds per commit: the median of samples long enough for the clock, since a disk takes part. */
async function time(label: keyof typeof contestants, durability: Durability, width: number): Promise<number> {
  const commits = await contestants[label]('time', durability, width)
  let at = 0
  const sample = async (steps: number) => {
    const start = performance.now()
    await commits.run(at, at + steps)
    at += steps
    return performance.now() - start
  }
  let steps = 1
  for (let spent = 0; spent < WARM_MS; ) {
    const last = await sample(steps)
    spent += last
    if (last < SAMPLE_MS) steps *= 2
  }
  const times: number[] = []
  for (let i = 0; i < SAMPLES; i++) times.push((await sample(steps)) / (steps * width))
  await commits.close()
  return times.sort((a, b) => a - b)[SAMPLES >> 1]! * 1e6
}

const page = { verify, time, frames, labels: Object.keys(contestants) as (keyof typeof contestants)[] }
declare global {
  var bench: typeof page
}
globalThis.bench = page
document.title = 'ready'
