import { EXECUTED as ONE_EXECUTED, Outcome } from '../../../core/machine/outcome.ts'
import type { CancelReason, Result, WaitOptions } from '../../../core/machine/types.ts'
import type { Member } from '../../../core/ports/host.ts'
import { errorOf } from '../error-text.ts'
import type { MirrorImage } from '../image.ts'
import type { Proposal } from '../layers.ts'
import type { Link } from '../link.ts'
import { CANCELED, EXECUTED, FAILED, type Ref, type Terms } from '../protocol.ts'
import type { FieldWriteOptions, WriteOptions } from './types.ts'

/** How mirrors speak to the worker. */
export class Remote {
  readonly #link: Link
  readonly image: MirrorImage
  readonly #optimistic: boolean
  /** Why the worker is gone, while it is. */
  lost: unknown

  constructor(link: Link, image: MirrorImage, optimistic: boolean) {
    this.#link = link
    this.image = image
    this.#optimistic = optimistic
  }

  get up(): boolean {
    return this.#link.up
  }

  /** A call, and its answer: a `Result`, or a value. What cannot be cloned rejects it. */
  call<T>(act: string, ref: Ref, options: WriteOptions | undefined, ...args: unknown[]): Promise<T> {
    try {
      return this.#call(act, ref, options, args.map(asGiven))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** A write that may be shown at once. Its arguments are the mirror's own. */
  write<T>(
    act: string,
    ref: Ref,
    options: FieldWriteOptions | undefined,
    args: unknown[],
    member: Member,
    id: string,
    proposal: Proposal,
  ): Promise<T> {
    if (!(options?.optimistic ?? this.#optimistic)) return this.#call(act, ref, options, args)
    let number = -1
    const call = this.#call<T>(act, ref, options, args, (given) => {
      number = given
      this.image.propose(given, member, id, proposal)
    })
    // Not answered, but given up: the worker is gone.
    call.catch(() => this.image.forget([number]))
    return call
  }

  /** A wait, kept in the worker. */
  wait<T>(ref: Ref, method: string, args: readonly unknown[], { signal, timeout }: WaitOptions = {}): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise<T>((resolve, reject) => {
      const given = args.map(asGiven)
      const abort = () => {
        reject(signal?.reason)
        this.#link.giveUp(id)
      }
      const end = () => signal?.removeEventListener('abort', abort)
      signal?.addEventListener('abort', abort, { once: true })
      const id = this.#link.call(
        ['wait', ref, 0, method, given, timeout],
        (code, payload) => {
          end()
          if (code === FAILED) reject(errorOf(payload))
          else resolve((method === 'whenError' ? errorOf(payload) : payload) as T)
        },
        (error) => {
          end()
          reject(error)
        },
      )
    })
  }

  #call<T>(
    act: string,
    ref: Ref,
    options: WriteOptions | undefined,
    args: unknown[],
    begin?: (id: number) => void,
  ): Promise<T> {
    // What was left out need not travel.
    while (args.length > 0 && args.at(-1) === undefined) args.pop()
    return new Promise<T>((resolve, reject) => {
      this.#link.call(
        [act, ref, termsOf(options), ...args],
        (code, payload) => {
          if (code === FAILED) reject(errorOf(payload))
          else if (code === EXECUTED) resolve(ONE_EXECUTED as T)
          else if (code === CANCELED) resolve(new Outcome('canceled', payload as CancelReason) as Result as T)
          else resolve(payload as T)
        },
        reject,
        begin,
      )
    })
  }
}

/** A call goes a moment later, or again: what becomes of the caller's own until then does not count. */
const asGiven = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? structuredClone(value) : value

function termsOf(options: WriteOptions | undefined): Terms {
  if (!options?.durable && options?.id === undefined) return 0
  return { ...(options.durable ? { durable: true } : undefined), ...(options.id ? { again: options.id } : undefined) }
}
