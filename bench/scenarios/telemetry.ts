// The model of the write scenarios: one number is written, under a rule; the rest is there as in real life.
export const INITIAL = {
  temperature: 20,
  unit: 'C' as 'C' | 'F',
  tags: ['roof', 'north', 'outdoor', 'calibrated', 'battery', 'v2', 'metric', 'hourly', 'public', 'spare'],
}

/** The value of a step: always allowed, never the one before. */
export const temperatureAt = (step: number): number => (step % 100) + 0.5

/** The rule, by hand. */
export function checked(value: number): number {
  if (typeof value !== 'number' || !(value >= -40 && value <= 125)) throw new TypeError('temperature out of range')
  return value
}

export const TOO_HOT = 900

/** Whether a write was refused. */
export function refuses(write: () => void): boolean {
  try {
    write()
    return false
  } catch {
    return true
  }
}

/** What listeners that only count come to. */
export const heardAfter = (steps: number) => ({ calls: steps, last: temperatureAt(steps - 1), refused: true })

/** What listeners and effects that read come to. */
export const seenAfter = (steps: number) => {
  let sum = 0
  for (let step = 0; step < steps; step++) sum += temperatureAt(step)
  return { calls: steps, sum, last: temperatureAt(steps - 1), refused: true }
}
