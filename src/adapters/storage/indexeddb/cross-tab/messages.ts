import type { Answer, Errand } from '../../../../core/ports/replica.ts'
import type { Head } from './ledger.ts'
import type { Mark } from './outbox.ts'
import type { Stamp } from './stamp.ts'

/** A mutation that was sent on, by its number within the sending tab. */
export type Numbered = readonly [number: number, key: string, errand: Errand]
export type Answered = readonly [number: number, answer: Answer]

/** What tabs tell each other. Whatever is lost on the way is found in storage, or sent again. */
export type Message =
  /** A write that storage has. */
  | {
      readonly is: 'commit'
      readonly head: Head
      readonly entries: readonly (readonly [string, unknown, Stamp])[]
      readonly over: readonly Mark[]
      readonly owner: boolean
    }
  /** Is there an owner? */
  | { readonly is: 'ping' }
  /** I own the machines. */
  | { readonly is: 'owner'; readonly epoch: number }
  /** Mutations, in order, to the owner of this epoch. All up to `heard` were answered; `seq` is what they count on. */
  | {
      readonly is: 'errands'
      readonly from: string
      readonly epoch: number
      readonly heard: number
      readonly seq: number
      readonly items: readonly Numbered[]
    }
  /** How they ended; storage has it by `seq`. */
  | {
      readonly is: 'answers'
      readonly to: string
      readonly seq: number
      readonly epoch: number
      readonly items: readonly Answered[]
    }

/** As a BroadcastChannel: what is posted reaches the others, not the sender. */
export interface Channel {
  postMessage(message: unknown): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
  close(): void
}

// Tabs of a version that talks in another way are heard by what they store.
const SPOKEN = 1

/** The wire between the tabs of one database. */
export class Wire {
  readonly #make: () => Channel
  readonly #hear: (message: Message) => void
  #channel: Channel | undefined

  constructor(make: () => Channel, hear: (message: Message) => void) {
    this.#make = make
    this.#hear = hear
  }

  open(): void {
    if (this.#channel) return
    const channel = this.#make()
    channel.onmessage = ({ data }) => {
      const { spoken, message } = data as { spoken: number; message: Message }
      if (spoken === SPOKEN && this.#channel === channel) this.#hear(message)
    }
    this.#channel = channel
  }

  post(message: Message): void {
    this.#channel?.postMessage({ spoken: SPOKEN, message })
  }

  close(): void {
    this.#channel?.close()
    this.#channel = undefined
  }
}
