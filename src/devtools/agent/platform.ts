import type { Timers } from '../../core/ports/timers.ts'
import type { TargetKind } from '../protocol/identity.ts'
import type { Moments } from './ring.ts'

/** One end of a channel or port: carries text. */
export interface Wire {
  post(message: string): void
  /** Who hears what comes; replaced by the next. */
  hear(listener: (message: unknown) => void): void
  close(): void
}

/** All an agent needs from where it runs; tests bring their own. */
export interface Platform {
  readonly kind: TargetKind
  readonly moments: Moments
  /** Epoch milliseconds at time 0 of `moments`. */
  readonly origin: number
  readonly timers: Timers
  label(): string
  random(): string
  /** What joins the runs of one place, and its keeper. */
  readonly id: { get(): string | undefined; set(id: string): void }
  open(channel: string): Wire
  /** Calls `take` for each panel that this page frames and that hands over a port. Answers the end of it. */
  ports(take: (port: Wire) => void): () => void
  /** Calls `ended` when the page goes, `again` when it comes back after all. Answers the end of it. */
  life(ended: () => void, again: () => void): () => void
}

interface Port {
  postMessage(message: string): void
  onmessage: ((event: MessageEvent) => void) | null
  close(): void
  /** Node: it must not keep the process alive. */
  unref?(): void
}

/** A `BroadcastChannel` or `MessagePort` as a wire. */
export function wireOf(port: Port): Wire {
  let open = true
  return {
    post(message) {
      if (open) port.postMessage(message)
    },
    hear(listener) {
      port.onmessage = ({ data }) => listener(data)
      port.unref?.()
    },
    close() {
      open = false
      port.onmessage = null
      port.close()
    },
  }
}
