import type { ComponentChildren } from 'preact'
import { type Because, stepsOf } from '../relations/steps.ts'
import { type Move, type Reading, read } from '../trace/reading.ts'
import { COMMIT, GAP } from '../trace/rows.ts'
import type { CommitDetail } from '../trace/store-trace.ts'
import type { App } from '../ui/app.ts'
import { dropped, duration, GAPS, inline, plural, refusal, timeOfDay } from '../ui/format.ts'
import { gapWords, outcomeOf } from './log.tsx'
import { Badge, Empty, type Mood, RowLink, StateChips, Value } from './parts.tsx'

/** All there is to one row: what was asked, what came of it and why, what it caused. */
export function Detail({ app }: { app: App }) {
  app.version.value
  const row = app.shown()
  return (
    <section class="detail" aria-label="Transition">
      <button type="button" class="close-sheet" onClick={() => app.close()} aria-label="Close the detail">
        ✕
      </button>
      {row === undefined ? (
        <Empty title="Nothing chosen.">Choose a row of the log.</Empty>
      ) : app.trace.rows.kind[row] === GAP ? (
        <Gap app={app} row={row} />
      ) : app.trace.rows.kind[row] === COMMIT ? (
        <Commit app={app} row={row} />
      ) : (
        <Transition app={app} it={read(app.trace, row)!} />
      )}
    </section>
  )
}

const MOODS: Readonly<Record<string, Mood>> = {
  ok: 'good',
  refused: 'bad',
  dropped: 'plain',
  error: 'warn',
  threw: 'bad',
}
const WORDS: Readonly<Record<string, string>> = {
  ok: 'Accepted',
  refused: 'Refused',
  dropped: 'Dropped',
  error: 'Accepted: an error',
  threw: 'A handler threw',
}

function Transition({ app, it }: { app: App; it: Reading }) {
  const { machine } = it
  const { kind } = outcomeOf(app, it)
  return (
    <>
      <header class="detail-head">
        <h2 class="detail-title">
          <span class="name">{machine.label}</span>
          <span class="num">{it.isTx ? `#${it.seq}` : `after #${it.seq}`}</span>
        </h2>
        <p class="detail-line">
          <Badge kind={MOODS[kind]!}>{WORDS[kind]}</Badge>
          {it.auto && <Badge kind="accent">Auto</Badge>}
          <span class="num dim">{timeOfDay(it.time)}</span>
          <span class="num dim">{it.us === undefined ? '' : duration(it.us, machine.run.step)}</span>
        </p>
        {kind !== 'ok' && kind !== 'error' && (
          <p class="refusal">{it.isTx ? refusal(it.reason) : dropped(it.why ?? '')}</p>
        )}
      </header>
      <Part title="Called">
        <span class="verb">{it.type}</span>{' '}
        <StateChips app={app} machine={machine} states={it.called} ticks={it.after ?? it.before} />
      </Part>
      {it.isTx && <Changes app={app} it={it} />}
      {it.isTx && <HandlerList it={it} />}
      <Part title="Arguments">{it.args === undefined ? <span class="dim">none</span> : <Value value={it.args} />}</Part>
      <Causes app={app} it={it} />
      {it.isTx && (
        <p class="detail-actions">
          <button
            type="button"
            class="button"
            aria-pressed={app.mark.value === it.row}
            onClick={() => {
              app.mark.value = app.mark.value === it.row ? undefined : it.row
            }}
          >
            {app.mark.value === it.row ? 'Compared with in Clocks' : 'Compare with this in Clocks'}
          </button>
        </p>
      )}
    </>
  )
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="part">
      <h3>{title}</h3>
      <div class="part-body">{children}</div>
    </section>
  )
}

function Changes({ app, it }: { app: App; it: Reading }) {
  const { machine, before, after } = it
  const { schema } = machine
  if (!before || !schema) {
    return (
      <Part title="Changes">
        <p class="dim">The clock before it is not known: it lies behind a gap.</p>
        <p>{it.moves.map((move) => `${machine.names[move.state] ?? `#${move.state}`} +${move.ticks}`).join(', ')}</p>
      </Part>
    )
  }
  const steps = stepsOf(schema, before, it.type, it.called, it.deltas)
  const would = it.deltas.length === 0 && !it.accepted
  const moves: Move[] = would
    ? [...steps.exits, ...steps.enters].map(({ state }) => ({ state, ticks: 1, what: 'unknown' }))
    : [...it.moves]
  const because = new Map([...steps.enters, ...steps.exits].map((step) => [step.state, step.because]))
  return (
    <>
      <Part title="Targets">
        <StateChips app={app} machine={machine} states={it.targets ?? steps.targets} ticks={after} />
      </Part>
      <Part title="Changes">
        {would ? (
          <p class="dim">None: it was refused, so the clock stands.</p>
        ) : moves.length === 0 ? (
          <p class="dim">None: what was asked held already.</p>
        ) : (
          <table class="grid-table">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Change</th>
                <th scope="col" class="num">
                  Ticks
                </th>
                <th scope="col">Because</th>
              </tr>
            </thead>
            <tbody>
              {moves.map((move) => (
                <tr key={move.state}>
                  <th scope="row">{machine.names[move.state]}</th>
                  <td class={`move move-${move.what}`}>{CHANGES[move.what]}</td>
                  <td class="num">
                    {before[move.state]} → {(before[move.state] ?? 0) + move.ticks}
                  </td>
                  <td>
                    {move.what === 'back' ? 'a handler threw' : becauseOf(because.get(move.state), machine.names)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Part>
    </>
  )
}

const CHANGES = {
  enter: '+ enters',
  exit: '− exits',
  again: '↻ enters again',
  back: '⤺ put back',
  unknown: '± changes',
} as const

function becauseOf(because: Because | undefined, names: readonly string[]): string {
  const by = because && 'by' in because ? because.by.map((s) => names[s]).join(', ') : ''
  switch (because?.kind) {
    case 'called':
      return 'called'
    case 'added':
      return `added by ${by}`
    case 'removed':
      return `removed by ${by}`
    case 'unmet':
      return `requires ${by}`
    case 'unset':
      return 'not in the set'
    case 'unwanted':
      return 'no longer wanted'
    case undefined:
      return ''
  }
}

const VERDICTS: Readonly<Record<string, string>> = {
  done: 'done',
  refused: '✕ refused',
  failed: '⚠ threw',
  settled: 'settled',
  rejected: '⚠ rejected',
}

function HandlerList({ it }: { it: Reading }) {
  return (
    <Part title="Handlers">
      {it.handlers.length === 0 ? (
        <span class="dim">none ran</span>
      ) : (
        <table class="grid-table">
          <thead>
            <tr>
              <th scope="col">Handler</th>
              <th scope="col">Verdict</th>
              <th scope="col" class="num">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {it.handlers.map((one) => (
              <tr key={one.n} class={`h-${one.status}`}>
                <th scope="row">
                  {one.state}.{one.handler}
                </th>
                <td>
                  {VERDICTS[one.status]}
                  {one.error !== undefined && <span class="dim"> {inline(one.error as never, 120)}</span>}
                </td>
                <td class="num">{duration(one.us, it.machine.run.step)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Part>
  )
}

/** As many links as are worth reading. */
const MOST = 40

function Causes({ app, it }: { app: App; it: Reading }) {
  const { source, consequences } = it
  return (
    <>
      <Part title="Cause">
        {source ? (
          source.row === undefined ? (
            <span>
              a handler of {source.machine.label} #{source.seq} <span class="dim">(not received)</span>
            </span>
          ) : (
            <span>
              a handler of <RowLink app={app} row={source.row} />
            </span>
          )
        ) : it.auto ? (
          <AutoCause app={app} it={it} />
        ) : (
          <span class="dim">called from outside of handlers</span>
        )}
      </Part>
      <Part title="Consequences">
        {consequences.length === 0 ? (
          <span class="dim">none</span>
        ) : (
          <ul class="links">
            {consequences.slice(0, MOST).map((row) => (
              <li key={row}>
                <RowLink app={app} row={row} /> <Called app={app} row={row} />
              </li>
            ))}
            {consequences.length > MOST && <li class="dim">{consequences.length - MOST} more</li>}
          </ul>
        )}
      </Part>
    </>
  )
}

function AutoCause({ app, it }: { app: App; it: Reading }) {
  const row = it.machine.bySeq.get(it.seq - 1)
  if (row === undefined) return <span>the transition before it</span>
  return (
    <span>
      what <RowLink app={app} row={row} /> changed
    </span>
  )
}

function Called({ app, row }: { app: App; row: number }) {
  const it = read(app.trace, row)
  if (!it) return null
  return (
    <span class="dim">
      {it.type} {it.called.map((s) => it.machine.names[s] ?? `#${s}`).join(' ')}
      {it.accepted ? '' : it.isTx ? ', refused' : ', dropped'}
    </span>
  )
}

function Gap({ app, row }: { app: App; row: number }) {
  const { words, reason } = gapWords(app, row)
  return (
    <>
      <header class="detail-head">
        <h2 class="detail-title">Gap</h2>
        <p>{words}.</p>
      </header>
      <p class="dim">
        {reason === 'unseen'
          ? 'The agent keeps the newest rows of a page. What came before them is counted, but not known.'
          : `These rows were ${GAPS[reason]}. The next clock the agent sent is exact again.`}
      </p>
    </>
  )
}

function Commit({ app, row }: { app: App; row: number }) {
  const store = app.trace.storeOf(row)!
  const { origin, changes, more } = app.trace.rows.detailOf<CommitDetail>(row)!
  return (
    <>
      <header class="detail-head">
        <h2 class="detail-title">
          <span class="name">{store.name}</span>
          <span class="num">commit {app.trace.rows.seq[row]}</span>
        </h2>
        <p class="detail-line">
          <Badge kind="accent">{origin}</Badge>
          <span class="num dim">{timeOfDay(app.trace.rows.time[row]!)}</span>
        </p>
      </header>
      <Part title={plural(changes.length + more, 'change')}>
        {changes.map(([key, field, before, after]) => (
          <div class="change" key={`${key} ${field}`}>
            <p class="change-name">
              {key}
              {field === null ? '' : `.${field}`}
            </p>
            <Value name="before" value={before} />
            <Value name="after" value={after} />
          </div>
        ))}
        {more > 0 && <p class="dim">{more} more that were not sent</p>}
      </Part>
    </>
  )
}
