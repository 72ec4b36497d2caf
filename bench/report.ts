import type { Result } from './contest.ts'
import type { Scenario } from './scenario.ts'

export interface Row {
  readonly label: string
  /** Nanoseconds or bytes per step: the median of all rounds. */
  readonly value?: number
  readonly rounds?: readonly number[]
  /** How many times cheaper than this the first contestant, ours, is. */
  readonly ratio?: number
  readonly lacks?: readonly string[]
  readonly skipped?: string
  readonly failed?: string
}

export interface Report {
  readonly name: string
  readonly what: string
  readonly measures: Scenario['measures']
  readonly rows: readonly Row[]
  readonly aims: readonly { readonly aim: string; readonly got?: number; readonly met?: boolean }[]
  readonly text: string
}

/** The table of one scenario. Says whether aims were met, and leaves it at that. */
export function reportOf(scenario: Scenario, results: ReadonlyMap<string, readonly Result[]>): Report {
  const found = [...results].map(([label, rounds]) => rowOf(label, rounds))
  const ours = found[0]?.value
  const rows = found.map((row) => (ours && row.value ? { ...row, ratio: row.value / ours } : row))
  const aims = (verifyOnly(results) ? [] : scenario.aims).map((aim) => {
    const got = 'beside' in aim ? rows.find(({ label }) => label === aim.beside)?.ratio : ours
    const words = 'beside' in aim ? `>= ${aim.atLeast} x ${aim.beside}` : `<= ${show(aim.atMost, scenario.measures)}`
    if (got === undefined) return { aim: words }
    return { aim: words, got, met: 'beside' in aim ? got >= aim.atLeast : got <= aim.atMost }
  })
  const { name, what, measures } = scenario
  return { name, what, measures, rows, aims, text: textOf(scenario, rows, aims) }
}

const verifyOnly = (results: ReadonlyMap<string, readonly Result[]>) =>
  [...results.values()].some(([first]) => first?.kind === 'verified')

function rowOf(label: string, rounds: readonly Result[]): Row {
  const skipped = rounds.find((round) => round.kind === 'skipped')
  const failed = rounds.find((round) => round.kind === 'failed')
  if (skipped) return { label, skipped: skipped.why }
  if (failed) return { label, failed: failed.why }
  if (rounds[0]?.kind === 'verified') return { label, lacks: rounds[0].lacks }
  const measured = rounds.filter((round) => round.kind === 'measured')
  const values = measured.map(({ value }) => value).sort((a, b) => a - b)
  const middle = values.length >> 1
  const value = values.length % 2 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2
  return { label, value, rounds: values, lacks: measured[0]?.lacks ?? [] }
}

function textOf(scenario: Scenario, rows: readonly Row[], aims: Report['aims']): string {
  const lines = [`\n${scenario.name}: ${scenario.what}`]
  const wide = Math.max(...rows.map(({ label }) => label.length))
  for (const row of rows) {
    const { label, value, rounds = [], ratio, lacks = [] } = row
    const head = `  ${label.padEnd(wide)}  `
    if (row.skipped !== undefined) lines.push(`${head}skipped: ${row.skipped}`)
    else if (row.failed !== undefined) lines.push(`${head}FAILED: ${row.failed}`)
    else if (value === undefined)
      lines.push(`${head}same work${lacks.length > 0 ? `, without ${lacks.join(', ')}` : ''}`)
    else {
      const spread = `(${show(rounds[0]!, scenario.measures)} to ${show(rounds.at(-1)!, scenario.measures)})`
      const note = lacks.length > 0 ? `  without ${lacks.join(', ')}` : ''
      const times = ratio === undefined ? '' : `${ratio.toPrecision(3)} x`
      lines.push(`${head}${show(value, scenario.measures).padStart(10)}  ${times.padStart(9)}  ${spread}${note}`)
    }
  }
  for (const { aim, got, met } of aims) {
    const ratio =
      got === undefined ? 'not measured' : aim.startsWith('<=') ? show(got, scenario.measures) : got.toPrecision(3)
    lines.push(`  aim ${aim}: ${ratio}${met === undefined ? '' : met ? ', met' : ', MISSED'}`)
  }
  return `${lines.join('\n')}\n`
}

function show(value: number, measures: Scenario['measures']): string {
  if (measures !== 'time') return `${Math.round(value)} B`
  if (value < 1e3) return `${value.toPrecision(3)} ns`
  if (value < 1e6) return `${(value / 1e3).toPrecision(3)} us`
  if (value < 1e9) return `${(value / 1e6).toPrecision(3)} ms`
  return `${(value / 1e9).toPrecision(3)} s`
}
