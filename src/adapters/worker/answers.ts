import { type Answer, EXECUTED } from './protocol.ts'

/** Answers of this many of the newest writes are kept, for those who send one again. */
const REMEMBERED = 4096

/** The answers that go in one frame. `EXECUTED`, which most are, by their numbers alone; the others with all they say. */
export interface Bundle {
  readonly executed: readonly number[]
  /** Id, code, payload, id, code, payload, … */
  readonly others: unknown[]
}

/**
 * The answers of one session: those that are in no frame yet, those in frames that the page has not said it applied, and
 * those of the newest writes.
 */
export class AnswerBook {
  #executed: number[] = []
  #others: unknown[] = []
  // In the order of their frames; 0 stands for the snapshot.
  #unheard: (Bundle & { readonly seq: number })[] = []
  // A ring: place `id % REMEMBERED` is that of call `id`, if its number stands there.
  readonly #ids: number[] = []
  readonly #writes: (Answer | Promise<Answer>)[] = []

  get empty(): boolean {
    return this.#executed.length + this.#others.length === 0
  }

  add(id: number, [code, payload]: Answer): void {
    if (code === EXECUTED) this.#executed.push(id)
    else this.#others.push(id, code, payload)
  }

  /** What frame `seq` is to bring. */
  take(seq: number): Bundle {
    const bundle = { seq, executed: this.#executed.sort((a, b) => a - b), others: this.#others }
    this.#executed = []
    this.#others = []
    if (bundle.executed.length + bundle.others.length > 0) this.#unheard.push(bundle)
    return bundle
  }

  /** The page has applied the frames up to `seq`. */
  heard(seq: number): void {
    let heard = 0
    while (heard < this.#unheard.length && this.#unheard[heard]!.seq <= seq) heard++
    if (heard > 0) this.#unheard.splice(0, heard)
  }

  /** All that the page may not know, as a snapshot tells it: from now on that counts as frame 0. */
  all(): unknown[] {
    this.take(0)
    const all = this.#unheard.flatMap(({ executed, others }) => [
      ...executed.flatMap((id) => [id, EXECUTED, undefined]),
      ...others,
    ])
    this.#unheard = all.length > 0 ? [{ seq: 0, executed: [], others: all }] : []
    return all
  }

  /** What a write came to, or will. */
  remember(id: number, answer: Answer | Promise<Answer>): void {
    this.#ids[id % REMEMBERED] = id
    this.#writes[id % REMEMBERED] = answer
  }

  /** Undefined when it is not, or no longer, remembered. */
  recall(id: number): Answer | Promise<Answer> | undefined {
    return this.#ids[id % REMEMBERED] === id ? this.#writes[id % REMEMBERED] : undefined
  }
}
