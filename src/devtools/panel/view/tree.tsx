import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Pending } from '../../protocol/frames.ts'
import type { MachineTrace } from '../trace/machine-trace.ts'
import type { App } from '../ui/app.ts'
import { count, plural } from '../ui/format.ts'
import { MachineHead } from './machine-head.tsx'
import { Badge, Empty, RowLink, StateChip } from './parts.tsx'
import { VirtualList } from './virtual-list.tsx'

const RELATIONS = ['require', 'add', 'remove', 'after'] as const
const ASK_MS = 1000

/** The states of a machine with their relations, at the moment. */
export function Tree({ app }: { app: App }) {
  app.version.value
  const machine = app.machine.value
  const pending = usePending(app, machine)
  if (!machine) return <Empty title="No machine chosen.">Choose one in Targets.</Empty>
  const { schema } = machine
  const ticks = machine.ticksAfter(app.placeOf(machine))
  const { words } = app.filter.value
  const all = schema?.states ?? []
  const hits = words.length ? all.filter(({ name }) => words.some((word) => name.toLowerCase().includes(word))) : all
  // Words that name a machine rather than states filter nothing here.
  const states = hits.length ? hits : all
  const picked = app.state.value
  const busy = busyByState(pending)
  return (
    <div class="tree">
      <MachineHead app={app} machine={machine} />
      <VirtualList
        id="tree"
        label={`States of ${machine.label}`}
        role="grid"
        columns={4}
        count={states.length}
        active={states.findIndex(({ name }) => name === picked)}
        onActive={(index) => {
          app.state.value = states[index]!.name
        }}
        head={
          <div class="trow lhead" role="row" aria-rowindex={1}>
            <span role="columnheader">State</span>
            <span role="columnheader" class="num">
              Tick
            </span>
            <span role="columnheader">Relations</span>
            <span role="columnheader">Now</span>
          </div>
        }
      >
        {(index) => {
          const state = states[index]!
          const tick = ticks?.[schema!.index.get(state.name)!]
          return (
            <div class="trow" role="presentation">
              <span role="gridcell">
                <StateChip name={state.name} active={tick === undefined ? undefined : tick % 2 === 1} />
                {state.auto && <span class="tag">auto</span>}
                {state.multi && <span class="tag">multi</span>}
              </span>
              <span role="gridcell" class="num">
                {tick === undefined ? '?' : count(tick)}
              </span>
              <span role="gridcell" class="relations">
                {RELATIONS.filter((relation) => state[relation].length).map((relation) => (
                  <span key={relation} class={`rel rel-${relation}`}>
                    <span class="rel-name">{relation}</span> {state[relation].join(' ')}
                  </span>
                ))}
              </span>
              <span role="gridcell">{busy.get(state.name)?.join(', ')}</span>
            </div>
          )
        }}
      </VirtualList>
      {picked !== undefined && schema?.index.has(picked) && (
        <StateCard app={app} machine={machine} name={picked} ticks={ticks} pending={pending} />
      )}
    </div>
  )
}

/** What runs and what waits, asked of the live machine while the newest moment is shown. */
function usePending(app: App, machine: MachineTrace | undefined): Pending | undefined {
  const answer = useSignal<Pending | undefined>(undefined)
  const isNow = app.moment.value === undefined
  useEffect(() => {
    answer.value = undefined
    if (!machine || !isNow || machine.gone !== undefined) return
    let done = false
    const ask = async () => {
      if (document.hidden) return
      const reply = await app.ask(machine, { k: 'pending', m: machine.m })
      if (!done && reply?.k === 'pending') answer.value = reply
    }
    void ask()
    const timer = setInterval(ask, ASK_MS)
    return () => {
      done = true
      clearInterval(timer)
    }
  }, [machine, isNow])
  return answer.value
}

function busyByState(pending: Pending | undefined): Map<string, string[]> {
  const busy = new Map<string, string[]>()
  const add = (state: string, what: string) => {
    const list = busy.get(state)
    if (list) list.push(what)
    else busy.set(state, [what])
  }
  for (const { state, handler } of pending?.handlers ?? []) add(state, `${handler} runs`)
  for (const { state, wait } of pending?.waits ?? []) if (state !== undefined) add(state, `${wait} waits`)
  return busy
}

function StateCard(props: {
  app: App
  machine: MachineTrace
  name: string
  ticks: readonly number[] | undefined
  pending: Pending | undefined
}) {
  const { app, machine, name, ticks, pending } = props
  const schema = machine.schema!
  const index = schema.index.get(name)!
  const state = schema.states[index]!
  const isActive = (other: string) => (ticks ? (ticks[schema.index.get(other)!] ?? 0) % 2 === 1 : undefined)
  const chips = (list: readonly string[]) =>
    list.map((other) => (
      <StateChip
        key={other}
        name={other}
        active={isActive(other)}
        onPick={() => {
          app.state.value = other
        }}
      />
    ))
  const backward = (relation: (typeof RELATIONS)[number]) =>
    schema.states.filter((other) => other[relation].includes(name)).map((other) => other.name)
  const lines: [string, readonly string[]][] = [
    ['requires', state.require],
    ['adds', state.add],
    ['removes', state.remove],
    ['after', state.after],
    ['required by', backward('require')],
    ['added by', backward('add')],
    ['removed by', backward('remove')],
    ['in groups', schema.groups.filter(([, members]) => members.includes(name)).map(([group]) => group)],
  ]
  const handlers = pending?.handlers.filter((one) => one.state === name) ?? []
  const waits = pending?.waits.filter((one) => one.state === name) ?? []
  return (
    <section class="card" aria-label={`State ${name}`}>
      <header class="card-head">
        <h3>{name}</h3>
        {ticks && (
          <Badge kind={ticks[index]! % 2 ? 'good' : 'plain'}>{ticks[index]! % 2 ? 'active' : 'inactive'}</Badge>
        )}
        <span class="num dim">tick {ticks ? count(ticks[index]!) : 'unknown'}</span>
        {state.tags?.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
        <span class="spread" />
        <button
          type="button"
          class="button"
          onClick={() => {
            app.view.value = 'why'
          }}
        >
          Why {ticks && ticks[index]! % 2 ? 'active' : 'not'}?
        </button>
      </header>
      {state.description && <p>{state.description}</p>}
      <dl class="facts">
        {lines
          .filter(([, list]) => list.length)
          .map(([relation, list]) => (
            <div key={relation}>
              <dt>{relation}</dt>
              <dd class="chips">{relation === 'in groups' ? list.join(', ') : chips(list)}</dd>
            </div>
          ))}
        {state.timeout && (
          <div>
            <dt>timeout</dt>
            <dd>
              after {state.timeout.ms} ms: {state.timeout.type} {state.timeout.states.join(' ')}
            </dd>
          </div>
        )}
        {handlers.length > 0 && (
          <div>
            <dt>runs</dt>
            <dd>
              {handlers.map((one) => {
                const row = machine.bySeq.get(one.seq)
                return (
                  <span key={`${one.handler}${one.seq}`}>
                    {one.handler} since {row === undefined ? `#${one.seq}` : <RowLink app={app} row={row} />}{' '}
                  </span>
                )
              })}
            </dd>
          </div>
        )}
        {waits.length > 0 && (
          <div>
            <dt>waited for</dt>
            <dd>
              {plural(waits.length, 'wait')}: {[...new Set(waits.map((one) => one.wait))].join(', ')}
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}
