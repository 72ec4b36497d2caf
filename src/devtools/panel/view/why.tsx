import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type WhyNot, whyNot } from '../relations/why-not.ts'
import type { Reply } from '../session/sessions.ts'
import type { MachineTrace } from '../trace/machine-trace.ts'
import { read } from '../trace/reading.ts'
import { TX } from '../trace/rows.ts'
import type { App } from '../ui/app.ts'
import { refusal, timeOfDay } from '../ui/format.ts'
import { MachineHead } from './machine-head.tsx'
import { Badge, Empty, RowLink, StateChip } from './parts.tsx'

/** Why is a state not active, and what would it take? At the moment. */
export function Why({ app }: { app: App }) {
  app.version.value
  const machine = app.machine.value
  if (!machine?.schema) return <Empty title="No machine chosen.">Choose one in Targets.</Empty>
  const { schema } = machine
  const name = app.state.value
  const state = name === undefined ? undefined : schema.index.get(name)
  return (
    <div class="why">
      <MachineHead app={app} machine={machine} />
      <div class="toolbar">
        <label>
          Why is{' '}
          <select
            value={state === undefined ? '' : name}
            onChange={(event) => {
              app.state.value = event.currentTarget.value || undefined
            }}
          >
            <option value="">pick a state</option>
            {schema.names.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>{' '}
          not active?
        </label>
      </div>
      <div class="scroll-body">
        {state === undefined ? (
          <Empty title="Pick a state.">
            It tells what is missing, what removes it, and which handler last refused it.
          </Empty>
        ) : (
          <Answer key={`${machine.index}/${state}`} app={app} machine={machine} state={state} />
        )}
      </div>
    </div>
  )
}

function Answer({ app, machine, state }: { app: App; machine: MachineTrace; state: number }) {
  const schema = machine.schema!
  const place = app.placeOf(machine)
  const ticks = machine.ticksAfter(place)
  if (!ticks) return <Empty title="The clock of this moment is not known.">It lies in a gap.</Empty>
  const why = whyNot(schema, ticks, state)
  const name = schema.names[state]!
  return (
    <>
      <Verdict app={app} machine={machine} why={why} name={name} />
      {why.verdict !== 'active' && (
        <>
          <Missing app={app} machine={machine} why={why} ticks={ticks} />
          <Removers app={app} machine={machine} why={why} />
        </>
      )}
      <LastRefusal app={app} machine={machine} state={state} place={place} />
      {why.verdict !== 'active' && <AskNow app={app} machine={machine} state={state} />}
    </>
  )
}

function Verdict(props: { app: App; machine: MachineTrace; why: WhyNot; name: string }) {
  const { app, machine, why, name } = props
  const names = machine.names
  if (why.verdict === 'active') {
    const row = lastRow(app, machine, app.placeOf(machine), (deltas) =>
      deltas.some((s, i) => i % 2 === 0 && s === why.state),
    )
    return (
      <p class="verdict">
        <Badge kind="good">Active</Badge> {name} is active
        {row !== undefined && (
          <>
            {' '}
            since <RowLink app={app} row={row} />
          </>
        )}
        .
      </p>
    )
  }
  if (why.verdict === 'possible') {
    return (
      <p class="verdict">
        <Badge kind="plain">Possible</Badge> Relations allow it: <code>add('{name}')</code> would pass, unless a handler
        refuses. Nobody called it.
      </p>
    )
  }
  const { refusal: reason } = why
  return (
    <p class="verdict">
      <Badge kind="bad">Refused</Badge>{' '}
      {refusal(
        reason && {
          kind: 'relation',
          state: names[reason.state]!,
          relation: reason.relation,
          by: reason.by.map((s) => names[s]!),
        },
      )}
      {why.together && (
        <>
          {' '}
          Called together they would pass: <code>add([{why.together.map((s) => `'${names[s]}'`).join(', ')}])</code>.
        </>
      )}
    </p>
  )
}

function Missing(props: { app: App; machine: MachineTrace; why: WhyNot; ticks: readonly number[] }) {
  const { app, machine, why, ticks } = props
  const names = machine.names
  const pick = (name: string) => {
    app.state.value = name
  }
  return (
    <section class="part">
      <h3>Missing requirements</h3>
      {why.missing.length === 0 ? (
        <p class="dim">None: all it requires is active.</p>
      ) : (
        <ul class="why-list">
          {why.missing.map((one) => (
            <li key={one.state}>
              <StateChip name={names[one.state]!} active={(ticks[one.state] ?? 0) % 2 === 1} onPick={pick} />
              <span class="dim">needed by {one.neededBy.map((s) => names[s]).join(', ')}</span>
              {one.implied && <span class="tag">added along with it</span>}
              {one.removedBy.map((s) => (
                <span key={s} class="removes">
                  removed by <StateChip name={names[s]!} active onPick={pick} />
                </span>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Removers({ app, machine, why }: { app: App; machine: MachineTrace; why: WhyNot }) {
  return (
    <section class="part">
      <h3>Active states that remove it</h3>
      {why.removedBy.length === 0 ? (
        <p class="dim">None.</p>
      ) : (
        <ul class="why-list">
          {why.removedBy.map((one) => (
            <li key={one.state}>
              <StateChip
                name={machine.names[one.state]!}
                active
                onPick={(name) => {
                  app.state.value = name
                }}
              />
              <span class="dim">{one.leaves ? 'would leave when it is added' : 'stands in the way'}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** The last row at or before an event that a test on its deltas holds for. */
function lastRow(
  app: App,
  machine: MachineTrace,
  place: number,
  test: (deltas: readonly number[], row: number) => boolean,
) {
  const { rows } = app.trace
  for (let i = place; i >= 0; i--) {
    const row = machine.events[i]!
    if (rows.kind[row] === TX && test(rows.lists.get(rows.deltas[row]!), row)) return row
  }
  return undefined
}

function LastRefusal(props: { app: App; machine: MachineTrace; state: number; place: number }) {
  const { app, machine, state, place } = props
  const { rows } = app.trace
  const row = lastRow(
    app,
    machine,
    place,
    (_, one) => !(rows.flags[one]! & 1) && rows.lists.get(rows.called[one]!).includes(state),
  )
  const it = row === undefined ? undefined : read(app.trace, row)
  return (
    <section class="part">
      <h3>Last recorded refusal</h3>
      {it ? (
        <p>
          <RowLink app={app} row={it.row} /> <span class="num dim">{timeOfDay(it.time)}</span> {refusal(it.reason)}
        </p>
      ) : (
        <p class="dim">No mutation that called it was refused up to this moment.</p>
      )}
    </section>
  )
}

/** Asks the app itself: its handlers too. Only now, and only where no arguments are needed. */
function AskNow({ app, machine, state }: { app: App; machine: MachineTrace; state: number }) {
  const reply = useSignal<Reply | 'asking' | 'silent' | undefined>(undefined)
  useEffect(() => {
    reply.value = undefined
  }, [machine, state])
  const name = machine.names[state]!
  const peer = app.peerOf(machine.run)
  const because = machine.schema!.states[state]!.args
    ? 'It takes arguments, which the panel cannot fill in.'
    : machine.gone !== undefined || !peer || peer.health === 'gone'
      ? 'The machine is gone.'
      : peer.here.commands
        ? undefined
        : 'The target does not take questions that run its handlers.'
  const ask = async () => {
    reply.value = 'asking'
    reply.value = (await app.ask(machine, { k: 'why', m: machine.m, states: [name] })) ?? 'silent'
  }
  return (
    <section class="part">
      <h3>Handlers, now</h3>
      {because ? (
        <p class="dim">{because}</p>
      ) : (
        <p>
          <button type="button" class="button" onClick={() => void ask()}>
            Ask now
          </button>{' '}
          <span class="dim">runs canAdd('{name}') in the app; it changes nothing.</span>
        </p>
      )}
      <p role="status">{replyWords(reply.value)}</p>
    </section>
  )
}

function replyWords(reply: Reply | 'asking' | 'silent' | undefined): string {
  if (reply === undefined) return ''
  if (reply === 'asking') return 'Asking …'
  if (reply === 'silent') return 'No answer: the target is frozen.'
  if (reply.k === 'deny') return `The target refused to answer: ${reply.reason}.`
  if (reply.k !== 'answer') return ''
  return reply.status === 'canceled' ? `Now it would be refused. ${refusal(reply.reason)}` : 'Now it would pass.'
}
