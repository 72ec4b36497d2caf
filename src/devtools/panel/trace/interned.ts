const NONE: readonly number[] = Object.freeze([])

/** Short lists of numbers, each kept once: the same few states are called, and move, again and again. */
export class Interned {
  readonly #lists: (readonly number[])[] = [NONE]
  readonly #index = new Map<string, number>([['', 0]])

  /** The number of a list; 0 is the empty one. */
  add(list: readonly number[] | undefined): number {
    if (!list?.length) return 0
    const key = list.join()
    const known = this.#index.get(key)
    if (known !== undefined) return known
    this.#lists.push(Object.freeze([...list]))
    this.#index.set(key, this.#lists.length - 1)
    return this.#lists.length - 1
  }
  get(index: number): readonly number[] {
    return this.#lists[index] ?? NONE
  }
}
