import type { Member } from '../../core/ports/host.ts'
import type { Described } from './protocol.ts'

/** What must be alike on both sides of a definition. */
export function describe({ holder }: Member): Described {
  const { key, many, version } = holder.definition
  return { key, many, version, names: holder.names, hidden: [...holder.hidden] }
}

/** How the page's definitions differ from those of the worker, a line each. */
export function differences(page: readonly Described[], worker: readonly Described[]): string[] {
  return page.flatMap((mine) => {
    const other = worker.find(({ key }) => key === mine.key)
    if (other === undefined) return [`${mine.key}: the worker does not hold it`]
    const lines: string[] = []
    const say = (what: string, here: unknown, there: unknown) => {
      if (String(here) !== String(there)) lines.push(`${mine.key}: ${what} ${here} in the page, ${there} in the worker`)
    }
    say('is a collection:', mine.many, other.many)
    say('version', mine.version, other.version)
    const what = mine.key.startsWith('machine/') ? 'state' : 'field'
    const without = (names: readonly string[], others: readonly string[], where: string) => {
      for (const name of names) if (!others.includes(name)) lines.push(`${mine.key}: ${what} "${name}" only ${where}`)
    }
    without(mine.names, other.names, 'in the page')
    without(other.names, mine.names, 'in the worker')
    if (lines.length === 0) {
      say(`order of ${what}s:`, mine.names.join(', '), other.names.join(', '))
      say('redacted:', sorted(mine.hidden), sorted(other.hidden))
    }
    return lines
  })
}

const sorted = (names: readonly string[]) => [...names].sort().join(', ') || 'nothing'
