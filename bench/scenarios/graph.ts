// A definition of any size for the stateless machines: from each state three ways on.
export type Trigger = 'next' | 'skip' | 'back'
export interface Edge {
  readonly trigger: Trigger
  readonly source: string
  readonly dest: string
}

export function graphOf(size: number): { readonly names: readonly string[]; readonly edges: readonly Edge[] } {
  const names = Array.from({ length: size }, (_, i) => `STATE_${i}`)
  const at = (i: number) => names[(i + size) % size]!
  const edges = names.flatMap((source, i): Edge[] => [
    { trigger: 'next', source, dest: at(i + 1) },
    { trigger: 'skip', source, dest: at(i + 2) },
    { trigger: 'back', source, dest: at(i - 1) },
  ])
  return { names, edges }
}

const EVENTS: readonly Trigger[] = ['next', 'next', 'skip', 'next', 'back', 'skip', 'next', 'next', 'back', 'next']
export const eventAt = (step: number): Trigger => EVENTS[step % 10]!

/** Where the walk ends, found the plain way. */
export function walkedTo(size: number, steps: number): string {
  let at = 0
  for (let step = 0; step < steps; step++) at += { next: 1, skip: 2, back: -1 }[eventAt(step)]
  return `STATE_${((at % size) + size) % size}`
}
