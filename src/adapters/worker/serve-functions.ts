import { expose } from 'comlink'
import { comlinkEndpoint } from './comlink-endpoint.ts'
import { type Endpoint, type EndpointLike, endpointOf, hostEndpoints } from './endpoint.ts'
import { textOf } from './error-text.ts'
import { isList, isRecord, isText } from './protocol.ts'

/** Functions by name. They should be pure: a call may be cut short, and its worker replaced. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>

/** First element of what a worker says once it can be called. */
export const FUNCTIONS = 'e:functions'

/**
 * Serves functions to the pools of `offload`. Call it in the worker's module, with what it offers.
 *
 * @param functions by the names they are called by; their answers may be promises, and be handed over by `transfer`
 * @returns the functions, so that their type can be exported
 * @example
 * ```ts
 * // heavy.ts
 * export const heavy = serveFunctions({ total: (rows: number[]) => rows.reduce((a, b) => a + b, 0) })
 * ```
 */
export function serveFunctions<F extends Functions>(functions: F, options: { endpoint?: EndpointLike } = {}): F {
  // Of a list of arguments, so that what is handed over belongs to one thing.
  const served: Record<string, (args: never[]) => Promise<unknown>> = Object.create(null)
  for (const [name, fn] of Object.entries(functions)) {
    served[name] = async (args) => {
      try {
        return await fn(...args)
      } catch (error) {
        // Comlink would keep words and stack, but neither class nor facts.
        throw textOf(error)
      }
    }
  }
  const serve = (endpoint: Endpoint) => {
    const guarded = comlinkEndpoint(endpoint)
    endpoint.open({
      message: (data) => {
        if (isFunctionCall(data, served)) guarded.receive(data)
      },
      lost: () => {},
    })
    expose(served, guarded)
    endpoint.post([FUNCTIONS, ...Object.keys(served)])
  }
  if (options.endpoint) serve(endpointOf(options.endpoint))
  else hostEndpoints(serve)
  return functions
}

/** Is it a call of one of these functions, with plain values, and nothing else comlink knows? */
function isFunctionCall(data: unknown, functions: object): boolean {
  if (!isRecord(data) || data.type !== 'APPLY' || !isText(data.id)) return false
  const { path, argumentList } = data
  if (!isList(path) || path.length !== 1 || !isText(path[0]) || !(path[0] in functions)) return false
  if (!isList(argumentList) || argumentList.length !== 1) return false
  const [args] = argumentList
  return isRecord(args) && args.type === 'RAW' && isList(args.value)
}
