import { errors } from './errors.ts'

/** What can be handed over instead of copied: an `ArrayBuffer`, a `MessagePort`, … */
export type Handover = ArrayBuffer | MessagePort | object

/** What an endpoint tells. */
export interface EndpointEvents {
  message(data: unknown): void
  /** Nothing will come any more. */
  lost(cause: unknown): void
  /** Something went wrong over there that need not be the end: an error that nobody caught. */
  trouble?(cause: unknown): void
}

/**
 * One end of a channel to another thread: all that the rest of this folder knows of Web Workers, SharedWorkers, ports
 * and worker threads. Tests make one that drops and reorders.
 */
export interface Endpoint {
  /** @throws when the message cannot be cloned */
  post(message: unknown, transfer?: readonly Handover[]): void
  /** Starts to listen. Returns its end, which leaves the channel open. */
  open(events: EndpointEvents): () => void
  /** Ends the other thread, or closes the port. */
  close(): void
}

/** A Node `Worker` or `MessagePort`, by what is used of them. */
interface Emitter {
  postMessage(message: unknown, transfer?: never[]): void
  on(event: string, listener: (data: unknown) => void): unknown
  off(event: string, listener: (data: unknown) => void): unknown
  terminate?(): unknown
  close?(): void
}

/** A Web `Worker` or `MessagePort`, or the inside of a worker. */
interface Target {
  postMessage(message: unknown, transfer?: never[]): void
  addEventListener(event: string, listener: (event: never) => void): void
  removeEventListener(event: string, listener: (event: never) => void): void
  start?(): void
  terminate?(): unknown
  close?(): void
}

/** A `Worker` or `MessagePort`, Node's or the web's. (By this one method: their ways to listen have no type in common.) */
interface Posting {
  postMessage(message: unknown, transfer: never): void
}

/** Whatever can be one end of a channel: a `Worker`, `SharedWorker` or `MessagePort`, Node's or the web's. */
export type EndpointLike = Endpoint | Posting | { readonly port: Posting }

/** @throws EscapementError for what is no end of a channel */
export function endpointOf(source: EndpointLike): Endpoint {
  const some = (source ?? {}) as unknown as Record<string, unknown>
  const has = (...names: string[]) => names.every((name) => typeof some[name] === 'function')
  if (has('post', 'open', 'close')) return source as Endpoint
  // Node's ports have both ways to listen; only this one tells of their end.
  if (has('postMessage', 'on', 'off')) return emitterEndpoint(source as unknown as Emitter)
  if (has('postMessage', 'addEventListener')) return targetEndpoint(source as unknown as Target)
  const { port } = source as unknown as { port?: Target }
  if (typeof port?.postMessage === 'function') return targetEndpoint(port, source as unknown as Target)
  throw errors.NO_ENDPOINT(undefined)
}

function emitterEndpoint(emitter: Emitter): Endpoint {
  return {
    post: (message, transfer) => emitter.postMessage(message, transfer as never),
    open({ message, lost }) {
      const ends = {
        message,
        messageerror: () => lost(errors.UNREADABLE(undefined)),
        error: lost,
        exit: (code: unknown) => lost(errors.EXITED({ how: `it ended with code ${code}` })),
        close: () => lost(errors.EXITED({ how: 'its port was closed' })),
      }
      for (const [event, listener] of Object.entries(ends)) emitter.on(event, listener)
      return () => {
        for (const [event, listener] of Object.entries(ends)) emitter.off(event, listener)
        // What still goes wrong over there is nobody's concern now, and must not end this process.
        emitter.on('error', () => {})
      }
    },
    close: () => void (emitter.terminate ?? emitter.close)?.call(emitter),
  }
}

/** `outer`: the SharedWorker a port belongs to, which alone tells that its script failed. */
function targetEndpoint(target: Target, outer: Target = target): Endpoint {
  return {
    post: (message, transfer) => target.postMessage(message, (transfer ?? []) as never),
    open({ message, lost, trouble }) {
      let heard = false
      const ends: Record<string, (event: never) => void> = {
        message: ({ data }: { data: unknown }) => {
          heard = true
          message(data)
        },
        messageerror: () => lost(errors.UNREADABLE(undefined)),
        close: () => lost(errors.EXITED({ how: 'its port was closed' })),
      }
      const failed = (event: { error?: unknown; message?: string }) => {
        const cause = event.error ?? errors.EXITED({ how: event.message || 'its script could not be run' })
        // A web worker outlives what it throws, unless it never came to life.
        if (heard && trouble) trouble(cause)
        else lost(cause)
      }
      for (const [event, listener] of Object.entries(ends)) target.addEventListener(event, listener)
      // Inside a worker it would be the worker's own.
      if (outer !== inside()) outer.addEventListener('error', failed as never)
      const unwatch = watchEnd(target, lost)
      target.start?.()
      return () => {
        for (const [event, listener] of Object.entries(ends)) target.removeEventListener(event, listener)
        outer.removeEventListener('error', failed as never)
        unwatch()
      }
    },
    close: () => void (target.terminate ?? target.close)?.call(target),
  }
}

/** The platform says nothing to whoever ends a worker or closes a port; so the call itself is listened to. */
function watchEnd(target: Target, lost: (cause: unknown) => void): () => void {
  const name = target.terminate ? 'terminate' : 'close'
  // Inside a worker `close` is the worker's own end.
  if (target === inside() || typeof target[name] !== 'function') return () => {}
  const spy = function (this: Target) {
    ;(Object.getPrototypeOf(target) as Target)[name]?.call(target)
    lost(errors.EXITED({ how: `${name}() was called` }))
  }
  Object.defineProperty(target, name, { value: spy, configurable: true, writable: true })
  return () => {
    if (target[name] === spy) delete target[name]
  }
}

const inside = () => globalThis as unknown as Target

interface WorkerScope extends Target {
  readonly process?: { getBuiltinModule?(name: string): { parentPort: Emitter | null } }
  readonly DedicatedWorkerGlobalScope?: abstract new () => unknown
  readonly SharedWorkerGlobalScope?: abstract new () => unknown
}

/**
 * Calls `found` for each channel by which others reach the worker this runs in: at once, or, in a SharedWorker, whenever
 * somebody connects. Returns its end. `forgetful`: what was said before anybody listened is lost.
 *
 * @throws EscapementError outside of workers
 */
export function hostEndpoints(found: (endpoint: Endpoint, forgetful: boolean) => void): () => void {
  const scope = globalThis as unknown as WorkerScope
  const is = (Scope: (abstract new () => unknown) | undefined) => Scope !== undefined && scope instanceof Scope
  if (is(scope.SharedWorkerGlobalScope)) {
    const connected = ({ ports }: { ports: readonly Target[] }) => found(targetEndpoint(ports[0] as Target), false)
    scope.addEventListener('connect', connected as never)
    return () => scope.removeEventListener('connect', connected as never)
  }
  const web = is(scope.DedicatedWorkerGlobalScope)
  const port = web ? scope : scope.process?.getBuiltinModule?.('node:worker_threads').parentPort
  if (!port) throw errors.NO_WORKER(undefined)
  // Ports keep what came until somebody listens; a web worker does so only while its script first runs.
  found(endpointOf(port as unknown as Posting), web)
  return () => {}
}
