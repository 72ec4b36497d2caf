import { type Move, type Reading, read } from '../trace/reading.ts'
import { GAP } from '../trace/rows.ts'
import type { GapDetail } from '../trace/trace.ts'
import { SCOPES, type Scope } from '../ui/address.ts'
import { type App, isHome } from '../ui/app.ts'
import { duration, GAPS, plural, timeOfDay } from '../ui/format.ts'
import { Empty } from './parts.tsx'
import { VirtualList } from './virtual-list.tsx'

/** Every transition, accepted, refused or dropped, and every gap. */
export function Log({ app }: { app: App }) {
  app.version.value
  const list = app.list.value
  const moment = app.moment.value
  const active = moment === undefined ? -1 : list.placeOf(moment)
  // Between two rows of the list nothing is chosen: the moment is another machine's.
  const exact = active >= 0 && list.rows[active] === moment ? active : -1
  return (
    <div class={app.scope.value === 'machine' ? 'log is-one' : 'log'}>
      <Toolbar app={app} count={list.rows.length} />
      <VirtualList
        id="log"
        label="Transitions, oldest first"
        role="grid"
        columns={7}
        count={list.rows.length}
        active={exact >= 0 ? exact : active}
        tail={moment === undefined}
        onActive={(index, by) => {
          const row = list.rows[index]!
          if (by === 'pointer') app.jump(row)
          else {
            app.forget()
            app.select(row)
          }
        }}
        onEnter={(index) => app.jump(list.rows[index]!)}
        head={<Head />}
        empty={<NoRows app={app} />}
      >
        {(index) => <Row app={app} row={list.rows[index]!} />}
      </VirtualList>
    </div>
  )
}

const COLUMNS = ['Time', 'Machine', '#', 'Outcome', 'Mutation', 'Effect', 'Took'] as const

function Head() {
  return (
    <div class="lrow lhead" role="row" aria-rowindex={1}>
      {COLUMNS.map((name) => (
        <span key={name} role="columnheader" class={`c-${name === '#' ? 'seq' : name.toLowerCase()}`}>
          {name}
        </span>
      ))}
    </div>
  )
}

function Row({ app, row }: { app: App; row: number }) {
  if (app.trace.rows.kind[row] === GAP) return <GapRow app={app} row={row} />
  const it = read(app.trace, row)
  if (!it) return null
  const { machine } = it
  const outcome = outcomeOf(app, it)
  return (
    <div class={`lrow l-${outcome.kind}`} role="presentation">
      <span role="gridcell" class="c-time num">
        {timeOfDay(it.time)}
      </span>
      <span role="gridcell" class="c-machine" title={machine.label}>
        {machine.label}
      </span>
      <span role="gridcell" class="c-seq num">
        {it.isTx ? it.seq : '–'}
      </span>
      <span role="gridcell" class="c-outcome">
        <span aria-hidden="true" class="sign">
          {outcome.sign}
        </span>
        {outcome.word}
      </span>
      <span role="gridcell" class="c-mutation">
        <span class="verb">{it.type}</span> {it.called.map((s) => machine.names[s] ?? `#${s}`).join(' ')}
      </span>
      <span role="gridcell" class="c-effect">
        {it.isTx && it.moves.length === 0 && it.accepted && <span class="dim">no change</span>}
        {it.moves.map((move) => (
          <Effect key={move.state} move={move} name={machine.names[move.state] ?? `#${move.state}`} />
        ))}
      </span>
      <span role="gridcell" class="c-took num">
        {it.us === undefined ? '' : duration(it.us, machine.run.step)}
      </span>
    </div>
  )
}

const MOVES = { enter: '+', exit: '−', again: '↻', back: '⤺', unknown: '±' } as const
const SPOKEN = { enter: 'entered', exit: 'left', again: 'entered again', back: 'was put back', unknown: 'changed' }

export function Effect({ move, name }: { move: Move; name: string }) {
  return (
    <span class={`move move-${move.what}`} title={`${name} ${SPOKEN[move.what]}`}>
      <span aria-hidden="true">{MOVES[move.what]}</span>
      <span class="hidden">{SPOKEN[move.what]} </span>
      {name}
    </span>
  )
}

export interface Outcome {
  readonly kind: 'ok' | 'refused' | 'dropped' | 'error' | 'threw'
  readonly sign: string
  readonly word: string
}

/** How a mutation ended, in a word. */
export function outcomeOf(app: App, { isTx, accepted, auto, reason, row }: Reading): Outcome {
  if (!isTx) return { kind: 'dropped', sign: '⊘', word: 'dropped' }
  if (reason?.kind === 'error') return { kind: 'threw', sign: '⚠', word: 'threw' }
  if (!accepted) return { kind: 'refused', sign: '✕', word: auto ? 'auto refused' : 'refused' }
  if (app.isTrouble(row)) return { kind: 'error', sign: '⚠', word: 'error' }
  return { kind: 'ok', sign: auto ? '◇' : '●', word: auto ? 'auto' : 'done' }
}

function GapRow({ app, row }: { app: App; row: number }) {
  const { words } = gapWords(app, row)
  return (
    <div class="lrow l-gap" role="presentation">
      <span role="gridcell" class="c-gap">
        <span aria-hidden="true">⋯ </span>
        {words}
      </span>
    </div>
  )
}

/** What a gap is, in words: its own numbers, or all that one drop took of several machines. */
export function gapWords(app: App, row: number): { words: string; reason: GapDetail['reason'] } {
  const { rows, gaps } = app.trace
  const { reason, drop } = rows.detailOf<GapDetail>(row)!
  const machine = app.trace.machineOf(row)
  const all =
    app.scope.value === 'machine' ? [row] : (gaps.get(drop) ?? [row]).filter((one) => app.trace.machineOf(one))
  const lost = all.reduce((sum, one) => sum + rows.until[one]! - rows.seq[one]! + 1, 0)
  const owners = new Set(all.map((one) => rows.owner[one])).size
  const whose =
    owners > 1 ? `of ${plural(owners, 'machine')}` : `of ${machine?.label} (#${rows.seq[row]} to #${rows.until[row]})`
  return { words: `Gap: ${plural(lost, 'transition')} ${whose} ${GAPS[reason]}`, reason }
}

const SCOPE_NAMES: Readonly<Record<Scope, string>> = { machine: 'This machine', target: 'Target', all: 'Everything' }

function Toolbar({ app, count }: { app: App; count: number }) {
  const machine = app.machine.value
  return (
    <div class="toolbar">
      <fieldset class="segments">
        <legend class="hidden">Rows of</legend>
        {SCOPES.map((scope) => (
          <label key={scope} class="segment">
            <input
              type="radio"
              name="scope"
              value={scope}
              checked={app.scope.value === scope}
              onChange={() => {
                app.scope.value = scope
              }}
            />
            <span>{scope === 'machine' && machine ? machine.label : SCOPE_NAMES[scope]}</span>
          </label>
        ))}
      </fieldset>
      <span class="spread" />
      <span class="dim num">{plural(count, 'row')}</span>
    </div>
  )
}

function NoRows({ app }: { app: App }) {
  if (app.filter.value.words.length) {
    return <Empty title="No row matches the filter.">Esc in the filter clears it.</Empty>
  }
  const target = app.scope.value === 'all' ? undefined : app.target()
  if (target?.newest.machines.size && !isHome(target.newest)) {
    return (
      <Empty title="Only mirrors here.">
        Their machines live in a worker or in another tab, and their transitions are recorded there: choose that target,
        or Everything.
      </Empty>
    )
  }
  return <Empty title="No transitions yet.">They appear here as machines change.</Empty>
}
