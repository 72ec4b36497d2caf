import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { VIEWS, type View } from '../ui/address.ts'
import type { App } from '../ui/app.ts'
import { count, plural } from '../ui/format.ts'
import { onKey } from '../ui/navigation.ts'
import { narrow } from '../ui/screen.ts'
import { Bar } from './bar.tsx'
import { Clocks } from './clocks.tsx'
import { Detail } from './detail.tsx'
import { Help } from './help.tsx'
import { Log } from './log.tsx'
import { Models } from './models.tsx'
import { Side } from './side.tsx'
import { Targets } from './targets.tsx'
import { Tree } from './tree.tsx'
import { Why } from './why.tsx'

const NAMES: Readonly<Record<View, string>> = {
  targets: 'Targets',
  log: 'Log',
  tree: 'Tree',
  clocks: 'Clocks',
  models: 'Models',
  why: 'Why not?',
}

/** The whole panel: a bar over three panes. */
export function Shell({ app, forget }: { app: App; forget: () => void }) {
  const filter = useRef<HTMLInputElement | null>(null)
  const address = useRef<HTMLInputElement | null>(null)
  useEffect(() => {
    const listen = (event: KeyboardEvent) =>
      onKey(app, event, (what) => {
        const field = what === 'filter' ? filter.current : address.current
        field?.focus()
        field?.select()
      })
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [app])
  return (
    <div class={`shell${app.sheet.value ? ' sheet-open' : ''}`} data-view={app.view.value}>
      <Bar app={app} filter={filter} />
      {!narrow.value && (
        <nav class="pane side" aria-label="Machines">
          <Side app={app} />
        </nav>
      )}
      <main class="pane centre">
        <Tabs app={app} />
        <div class="view" role="tabpanel" id="view" aria-labelledby={`tab-${app.view.value}`}>
          <CurrentView app={app} forget={forget} />
        </div>
      </main>
      <aside class="pane detail-pane" aria-label="Detail">
        <Detail app={app} />
      </aside>
      <Foot app={app} address={address} />
      {app.help.value && <Help app={app} />}
    </div>
  )
}

function CurrentView({ app, forget }: { app: App; forget: () => void }) {
  switch (app.view.value) {
    case 'targets':
      return (
        <>
          <Targets app={app} forget={forget} />
          {narrow.value && app.targets.value.length > 0 && (
            <nav class="narrow-side" aria-label="Machines">
              <Side app={app} />
            </nav>
          )}
        </>
      )
    case 'log':
      return <Log app={app} />
    case 'tree':
      return <Tree app={app} />
    case 'clocks':
      return <Clocks app={app} />
    case 'models':
      return <Models app={app} />
    case 'why':
      return <Why app={app} />
  }
}

function Tabs({ app }: { app: App }) {
  const view = app.view.value
  const tabs = useRef<HTMLDivElement>(null)
  useEffect(() => {
    tabs.current?.querySelector(`#tab-${view}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [view])
  const go = (to: View) => {
    app.view.value = to
    tabs.current?.querySelector<HTMLElement>(`#tab-${to}`)?.focus()
  }
  return (
    <div
      class="tabs"
      role="tablist"
      aria-label="Views"
      ref={tabs}
      onKeyDown={(event) => {
        const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
        if (!by || event.altKey) return
        event.preventDefault()
        go(VIEWS[(VIEWS.indexOf(view) + by + VIEWS.length) % VIEWS.length]!)
      }}
    >
      {VIEWS.map((one, i) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`tab-${one}`}
          class="tab"
          aria-selected={one === view}
          aria-controls="view"
          tabIndex={one === view ? 0 : -1}
          onClick={() => {
            app.view.value = one
          }}
        >
          <kbd aria-hidden="true">{i + 1}</kbd> {NAMES[one]}
        </button>
      ))}
    </div>
  )
}

function Foot({ app, address }: { app: App; address: RefObject<HTMLInputElement | null> }) {
  app.version.value
  const targets = app.targets.value
  const live = targets.filter(({ peer }) => peer?.health === 'live').length
  const frozen = targets.filter(({ peer }) => peer?.health === 'frozen').length
  const machines = app.trace.machines
  const notice = app.notice.value || (app.isSeeking() ? 'What this address names was not received yet.' : '')
  const rows = machines.reduce((sum, machine) => sum + machine.bySeq.size, 0)
  return (
    <footer class={notice ? 'foot has-notice' : 'foot'}>
      <span class="num">
        {plural(live, 'target')} live{frozen ? `, ${frozen} frozen` : ''}
      </span>
      <span class="num">{plural(machines.length, 'machine')}</span>
      <span class="num">{count(rows)} rows</span>
      <span class="notice" role="status">
        {notice}
      </span>
      <span class="spread" />
      <AddressField app={app} field={address} />
    </footer>
  )
}

function AddressField({ app, field }: { app: App; field: RefObject<HTMLInputElement | null> }) {
  // What is being typed; meanwhile the address goes on changing, but not under one's hands.
  const draft = useSignal<string | undefined>(undefined)
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault()
        const to = draft.value?.trim() ?? ''
        field.current?.blur()
        app.forget()
        app.jumps.value++
        app.openHash(to.slice(Math.max(0, to.indexOf('#'))))
      }}
    >
      <input
        ref={field}
        type="text"
        spellcheck={false}
        autocomplete="off"
        aria-label="Address"
        value={draft.value ?? app.hash()}
        onInput={(event) => {
          draft.value = event.currentTarget.value
        }}
        onBlur={() => {
          draft.value = undefined
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
    </form>
  )
}
