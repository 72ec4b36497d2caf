import type { Definition, Phase } from '../../core/ports/host.ts'
import { randomId } from '../../core/ports/ids.ts'
import type { Errand, Replica } from '../../core/ports/replica.ts'
import { systemTimers, type Timers } from '../../core/ports/timers.ts'
import type { Status } from '../../core/store/persistence.ts'
import { start } from '../../core/store/store.ts'
import { describe } from './definitions.ts'
import type { EndpointLike } from './endpoint.ts'
import { MirrorImage } from './image.ts'
import { Link } from './link.ts'
import { Remote } from './mirror/remote.ts'
import { MirrorStore } from './mirror/store.ts'
import type { Ref } from './protocol.ts'

const TIMEOUT = 10_000
const HEARTBEAT = 5_000

/** How a mirror is connected. */
export interface ConnectOptions {
  /** Models, collections and machines of the worker's store: all of them, or some. */
  state: readonly Definition<unknown>[]
  /** Shown in tools and errors. Default: as for stores. */
  name?: string
  /** Milliseconds to wait for the worker and its store. Default 10,000. */
  timeout?: number
  /** Shows writes of models and rows at once, until the worker's answer comes. Default: false. */
  optimistic?: boolean
  /** Milliseconds between signs of life; a worker that misses three is lost. Default 5,000. */
  heartbeat?: number
  /** Gets what no caller could catch. Default: `console.error`. */
  onError?: (error: unknown, about: { phase: Phase }) => void
  /** Clock and timers; tests drive them by hand. */
  timers?: Timers
}

/**
 * Connects to a store that a worker serves by `serveStore`, and keeps a mirror of it: reads are local, at once and
 * reactive; writes are promises of what happened in the worker.
 *
 * @throws TimeoutError when nobody answers; MismatchError when the worker holds other definitions; DisconnectedError
 *   or the worker's own error when it cannot run or open its store
 * @example
 * ```ts
 * const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
 * const store = await connectStore(worker, { state: [Telemetry, Connection] })
 * effect(() => render(store.get(Telemetry).temperature))
 * await store.get(Telemetry).set({ temperature: 21 })
 * ```
 */
export async function connectStore(worker: EndpointLike, options: ConnectOptions): Promise<MirrorStore> {
  const { state, name, timeout = TIMEOUT, optimistic = false, heartbeat = HEARTBEAT, timers = systemTimers } = options
  const session = randomId()
  let remote: Remote | undefined
  let mirror: MirrorStore | undefined
  const replica: Replica = {
    following: true,
    mirror: true,
    storage: (given) => given as NonNullable<typeof given>,
    start: () => {},
    outgoing: (commit) => commit,
    forward: (key, { type, called, args }: Errand) =>
      (remote as Remote).call(`machine.${type}`, refOf(key, state), undefined, called, args),
  }
  const store = start(
    {
      state,
      timers,
      ...(name === undefined ? undefined : { name }),
      ...(options.onError ? { onError: options.onError } : undefined),
    },
    undefined,
    new Map(),
    replica,
  )
  const members = state.map((definition) => store.member(definition))
  const image = new MirrorImage(store, members, (status, error) => mirror?.told(status as Status, error))
  const link = new Link({
    name: store.name,
    session,
    timers,
    heartbeat,
    described: members.map(describe),
    image,
    down: (cause) => mirror?.down(cause),
    trouble: (error) => store.complain(error),
  })
  remote = new Remote(link, image, optimistic)
  mirror = new MirrorStore({ store, link, remote, definitions: state, timeout })
  try {
    await link.connect(worker, timeout)
  } catch (error) {
    await store.close()
    throw error
  }
  return mirror
}

/** What a storage key stands for. */
function refOf(key: string, state: readonly Definition<unknown>[]): Ref {
  const place = state.findIndex((one) => key === one.key || key.startsWith(`${one.key}/`))
  const definition = state[place] as Definition<unknown>
  return definition.many ? [place, key.slice(definition.key.length + 1)] : place
}
