// A hundred numbers, f0 to f99: for reading many, and for writing many at once.
export const NAMES: readonly string[] = Array.from({ length: 100 }, (_, i) => `f${i}`)

/** All hundred, each `step` above its index. Made ahead, so that making them is not measured. */
const PATCHES = [0, 1, 2, 3].map((step) => Object.fromEntries(NAMES.map((name, i) => [name, i + step])))

export const patchAt = (step: number): Record<string, number> => PATCHES[step & 3]!
export const INITIAL: Record<string, number> = Object.fromEntries(NAMES.map((name) => [name, -1]))

/**
 * Adds all hundred up by their names, written out as a program would have them: a loop over names would measure how an
 * engine looks up names it has not seen in that place before. `.value` after each name, for signals.
 */
export function summing<T>(after = ''): (values: T) => number {
  return new Function('values', `return ${NAMES.map((name) => `values.${name}${after}`).join(' + ')}`) as (
    values: T,
  ) => number
}

export const sumOf = (values: Readonly<Record<string, number>>): number => {
  let sum = 0
  for (const name of NAMES) sum += values[name]!
  return sum
}

/** Writes the first ten. */
export function writeTen(values: Record<string, number>, step: number): void {
  values.f0 = step
  values.f1 = step + 1
  values.f2 = step + 2
  values.f3 = step + 3
  values.f4 = step + 4
  values.f5 = step + 5
  values.f6 = step + 6
  values.f7 = step + 7
  values.f8 = step + 8
  values.f9 = step + 9
}
