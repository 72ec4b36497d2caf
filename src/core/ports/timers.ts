/**
 * Time as the package sees it: a clock and a way to be called later. Everything that needs time takes
 * one of these, so that tests drive it by hand (`manualTimers` in `escapement/testing`).
 */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `run` once, `ms` milliseconds from now. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void
}

interface Platform {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

/** The platform's own clock and timers, looked up when used: importing this touches nothing. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const platform = globalThis as unknown as Platform
    const handle = platform.setTimeout(run, ms)
    return () => platform.clearTimeout(handle)
  },
}
