import type { MachineTrace } from '../trace/machine-trace.ts'
import type { RunTrace } from '../trace/run-trace.ts'
import type { App, TargetView } from '../ui/app.ts'
import { count, plural } from '../ui/format.ts'
import { Empty } from './parts.tsx'
import { HealthBadge, NoTargets } from './targets.tsx'
import { VirtualList } from './virtual-list.tsx'

type Item = { readonly target: TargetView; readonly run: RunTrace } | { readonly machine: MachineTrace }

/** Targets and their machines, as one list. */
export function Side({ app }: { app: App }) {
  app.version.value
  const items = itemsOf(app)
  const machine = app.machine.value
  if (!app.targets.value.length) return <NoTargets app={app} />
  return (
    <VirtualList
      id="side"
      label="Machines by target"
      role="listbox"
      count={items.length}
      active={items.findIndex((item) => 'machine' in item && item.machine === machine)}
      onActive={(index, by) => {
        const item = items[index]!
        app.forget()
        if ('machine' in item) app.show(item.machine)
        else if (by === 'pointer') app.showRun(item.run)
        else {
          // Keys pass over headings: to the machine behind, in the direction they came from.
          const at = items.indexOf(item)
          const from = items.findIndex((one) => 'machine' in one && one.machine === machine)
          const next = items[at < from ? at - 1 : at + 1]
          if (next && 'machine' in next) app.show(next.machine)
        }
      }}
      empty={<Empty title={app.filter.value.words.length ? 'No machine matches the filter.' : 'No machines yet.'} />}
    >
      {(index) => {
        const item = items[index]!
        return 'target' in item ? (
          <TargetItem app={app} target={item.target} run={item.run} />
        ) : (
          <MachineItem app={app} machine={item.machine} />
        )
      }}
    </VirtualList>
  )
}

function itemsOf(app: App): Item[] {
  const filter = app.filter.value
  return app.targets.value.flatMap((target) =>
    target.runs
      .filter((run) => isListed(app, target, run))
      .flatMap((run): Item[] => {
        const machines = [...run.machines.values()].filter((machine) => machine.info && filter.machine(machine))
        return [{ target, run }, ...machines.map((machine) => ({ machine }))]
      }),
  )
}

/** The newest run, and others that live: workers of one name in two tabs. Earlier ones only while they are looked at. */
function isListed(app: App, target: TargetView, run: RunTrace): boolean {
  if (run === target.newest || run === app.machine.value?.run) return true
  const health = app.peerOf(run)?.health
  return health === 'live' || health === 'frozen'
}

function TargetItem({ app, target, run }: { app: App; target: TargetView; run: RunTrace }) {
  return (
    <span class="side-target">
      <span class="name">{target.label}</span>
      <span class="dim">{target.kind}</span>
      <span class="spread" />
      <HealthBadge peer={app.peerOf(run)} />
    </span>
  )
}

function MachineItem({ app, machine }: { app: App; machine: MachineTrace }) {
  const ticks = machine.ticksAfter(app.placeOf(machine))
  const names = machine.names
  const active = ticks ? names.filter((_, s) => (ticks[s] ?? 0) % 2 === 1) : undefined
  const isBad = active?.includes('Exception')
  return (
    <span class={`side-machine${machine.gone === undefined ? '' : ' is-gone'}`}>
      {isBad && (
        <span class="bad" role="img" aria-label="has an error" title="Exception is active">
          ⚠
        </span>
      )}
      <span class="name">{machine.label}</span>
      {machine.info?.mirror && <span class="tag">mirror</span>}
      {machine.gone !== undefined && <span class="tag">gone</span>}
      <span class="side-states dim">{active ? active.join(' ') || '–' : '?'}</span>
      <span class="num dim" title={plural(machine.bySeq.size, 'row')}>
        {count(machine.lastSeq)}
      </span>
    </span>
  )
}
