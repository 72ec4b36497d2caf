import { ByteReader, ByteWriter } from './bytes.ts'
import { type Call, type Described, isCall, isList, isText, must } from './protocol.ts'

const MUTATIONS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ['machine.add', 1],
  ['machine.remove', 2],
  ['machine.set', 3],
  ['machine.toggle', 4],
])
const ACTS = /* @__PURE__ */ [...MUTATIONS.keys()]

/**
 * Calls as numbers, as far as they can be said by them, which a clone copies far faster than lists. For each call in
 * order: a mutation's number, the place of its machine, how many states it names and which; or 0, for the next of
 * `whole`. Only mutations without arguments of machines that are no part of a collection are numbers alone.
 */
export class Packer {
  readonly #writer = new ByteWriter()
  readonly #described: readonly Described[]
  // By place: the numbers of a machine's states.
  readonly #states: (ReadonlyMap<string, number> | undefined)[] = []

  constructor(described: readonly Described[]) {
    this.#described = described
  }

  pack(calls: readonly Call[]): { bytes: Uint8Array; whole: Call[] } {
    const whole: Call[] = []
    for (const call of calls) {
      const numbers = this.#numbersOf(call)
      if (numbers) for (const number of numbers) this.#writer.put(number)
      else {
        this.#writer.put(0)
        whole.push(call)
      }
    }
    return { bytes: this.#writer.take(), whole }
  }

  #numbersOf([act, ref, terms, named, args]: Call): readonly number[] | undefined {
    const mutation = MUTATIONS.get(act)
    if (mutation === undefined || terms !== 0 || args !== undefined || typeof ref !== 'number') return undefined
    const about = this.#described[ref]
    if (about === undefined || about.many) return undefined
    this.#states[ref] ??= new Map(about.names.map((name, state) => [name, state]))
    const states = (isText(named) ? [named] : isList(named) ? named : [undefined]).map((name) =>
      this.#states[ref]!.get(name as string),
    )
    // What is no state of it the worker refuses, by its name.
    return states.includes(undefined) ? undefined : [mutation, ref, states.length, ...(states as number[])]
  }
}

/** The calls that were packed. Throws for what no packer made. */
export function unpack(
  bytes: unknown,
  whole: readonly unknown[],
  namesOf: (place: number) => readonly string[] | undefined,
): Call[] {
  must(bytes instanceof Uint8Array, 'it is no list of calls')
  const reader = new ByteReader(bytes)
  const calls: Call[] = []
  let at = 0
  while (!reader.done) {
    const mutation = reader.next()
    if (mutation === 0) {
      const call = whole[at++]
      must(isCall(call), 'it is no call')
      calls.push(call)
      continue
    }
    const act = ACTS[mutation - 1]
    const place = reader.next()
    const names = namesOf(place)
    must(act && names, 'it is no mutation')
    const states: string[] = []
    for (let left = reader.next(); left > 0; left--) {
      const name = names[reader.next()]
      must(name !== undefined, 'it names no state')
      states.push(name)
    }
    calls.push([act, place, 0, states.length === 1 ? states[0] : states])
  }
  must(at === whole.length, 'it has calls too many')
  return calls
}
