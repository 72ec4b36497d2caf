import type { Health, Peer } from '../session/sessions.ts'
import type { RunTrace } from '../trace/run-trace.ts'
import type { App, TargetView } from '../ui/app.ts'
import { count, timeOfDay } from '../ui/format.ts'
import { Badge, Empty, type Mood } from './parts.tsx'

const MOODS: Readonly<Record<Health, Mood>> = { live: 'good', frozen: 'warn', gone: 'plain' }

/** Is anybody there? Without a peer only what was kept of the run is here. */
export function HealthBadge({ peer }: { peer: Peer | undefined }) {
  if (!peer) return <Badge kind="plain">gone</Badge>
  if (peer.denied) return <Badge kind="bad">refused: {peer.denied}</Badge>
  if (peer.health === 'live' && !peer.recording) return <Badge kind="warn">paused</Badge>
  return <Badge kind={MOODS[peer.health]}>{peer.health}</Badge>
}

/** Pages, workers and other tabs, with all that was received of them. */
export function Targets({ app, forget }: { app: App; forget: () => void }) {
  app.version.value
  const targets = app.targets.value
  if (!targets.length) return <NoTargets app={app} />
  return (
    <div class="targets scroll-body">
      <table class="grid-table targets-table">
        <caption class="hidden">Targets</caption>
        <thead>
          <tr>
            <th scope="col">Target</th>
            <th scope="col">Kind</th>
            <th scope="col">Health</th>
            <th scope="col">Run</th>
            <th scope="col" class="num">
              Machines
            </th>
            <th scope="col" class="num">
              Rows here
            </th>
            <th scope="col" class="num">
              In gaps
            </th>
            <th scope="col" class="num">
              Errors
            </th>
          </tr>
        </thead>
        <tbody>
          {targets.flatMap((target) =>
            target.runs.map((run) => <RunRow key={run.id} app={app} target={target} run={run} />),
          )}
        </tbody>
      </table>
      <p class="detail-actions">
        <button type="button" class="button" onClick={forget}>
          Forget what was kept
        </button>{' '}
        <span class="dim">History of up to 64 MB stays in this browser; what is redacted never came here.</span>
      </p>
    </div>
  )
}

function RunRow({ app, target, run }: { app: App; target: TargetView; run: RunTrace }) {
  const isNewest = run === target.newest
  const peer = app.peerOf(run)
  const machines = [...run.machines.values()]
  const rows = machines.reduce((sum, machine) => sum + machine.bySeq.size, 0)
  const gaps = machines.reduce((sum, machine) => sum + machine.lastSeq - machine.bySeq.size, 0)
  const isChosen = app.targetId.value === target.id && app.machine.value?.run === run
  const choose = () => {
    app.forget()
    app.showRun(run)
  }
  const here = peer?.health === 'gone' ? undefined : peer?.here
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <th scope="row">
        <button type="button" class="plain" aria-pressed={isChosen} onClick={choose}>
          {isNewest || here ? target.label : <span class="dim">earlier run</span>}
        </button>
      </th>
      <td>{target.kind}</td>
      <td>
        <HealthBadge peer={peer} />
      </td>
      <td class="num">since {timeOfDay(run.origin * 1000).slice(0, 8)}</td>
      <td class="num">{count(here?.machines ?? machines.length)}</td>
      <td class="num">{count(rows)}</td>
      <td class="num">{count(gaps)}</td>
      <td class="num">{here ? count(here.errors) : ''}</td>
    </tr>
  )
}

export function NoTargets({ app }: { app: App }) {
  if (app.loading.value) return <Empty title="Reading what was kept …" />
  return (
    <Empty title="No app found.">
      Open your app in another tab of this browser, at this address's origin. It appears here within a second.
    </Empty>
  )
}
