import type { Endpoint as ComlinkEndpoint } from 'comlink'
import type { Endpoint } from './endpoint.ts'

type Listener = (event: { data: unknown }) => void

/** An endpoint that messages are put into by hand. */
export interface GuardedEndpoint extends ComlinkEndpoint {
  /** A message that may be passed on. */
  receive(data: unknown): void
}

/**
 * An endpoint as comlink wants it. It hears only what it is given: comlink follows any path of property names in a
 * message and makes proxies of what says it is one, so every message is looked at first.
 */
export function comlinkEndpoint(endpoint: Endpoint): GuardedEndpoint {
  const listeners = new Set<Listener>()
  return {
    postMessage: (message: unknown, transfer?: Transferable[]) => endpoint.post(message, transfer),
    addEventListener: (_type: string, listener: unknown) => void listeners.add(listener as Listener),
    removeEventListener: (_type: string, listener: unknown) => void listeners.delete(listener as Listener),
    receive(data) {
      for (const listener of listeners) listener({ data })
    },
  }
}
