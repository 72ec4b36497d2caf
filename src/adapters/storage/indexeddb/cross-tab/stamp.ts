/**
 * When a commit was made: a Lamport count (Lamport, "Time, Clocks, and the Ordering of Events", 1978), and, of equal
 * counts, which tab. All that one commit wrote or deleted has the same. The owner's commits that move machines carry
 * its epoch too.
 */
export type Stamp = readonly [count: number, tab: string, epoch?: number]

/** Before all others: of what was stored without one. */
export const UNSTAMPED: Stamp = [0, '']
/** After all others: of what is known to be deleted, and nobody can say when. */
export const FORGOTTEN: Stamp = [Number.POSITIVE_INFINITY, '']

/** Whether the commit of `a` comes after that of `b`. Total: two tabs never have the same name. */
export const isLater = (a: Stamp, b: Stamp): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

export const isSame = (a: Stamp, b: Stamp): boolean => a[0] === b[0] && a[1] === b[1]

/** A stored value with its stamp. What is not an object (it may be, in quarantine) goes without. */
export const stamped = (value: unknown, s: Stamp): unknown =>
  typeof value === 'object' && value !== null ? { ...value, s } : value

/** The stamp of a stored value. */
export const stampOf = (value: unknown): Stamp => (value as { s?: Stamp } | undefined | null)?.s ?? UNSTAMPED
