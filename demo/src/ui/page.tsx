import { useStoreValue } from 'escapement/preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { addressOf } from '../view.ts'
import { AirportTable } from './airports.tsx'
import { Banner } from './banner.tsx'
import { type App, useApp } from './context.ts'
import { Departures } from './departures.tsx'
import { FlightPage } from './flight-page.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { Instruments } from './instruments.tsx'
import { SkyMap } from './map.tsx'
import { listenToKeys } from './shortcuts.ts'

const tabs = [
  ['board', 'Board'],
  ['map', 'Map'],
  ['airports', 'Airports'],
] as const

/** Everything. On a wide screen it is seen at once; on a narrow one a part at a time. */
export function Page() {
  const app = useApp()
  useKeys(app)
  const route = useStoreValue(() => app.view.route.value)
  const before = useRef(route.page)
  const isDrawn = useDrawn()
  useEffect(() => {
    if (before.current === 'flight' && route.page === 'board') app.view.focusBack()
    before.current = route.page
  }, [app, route])
  return (
    <div class="page" data-page={route.page}>
      <button type="button" class="skip" onClick={skip}>
        To the flights
      </button>
      <Header />
      <nav class="tabs" aria-label="Parts of the board">
        {tabs.map(([page, name]) => (
          <a key={page} href={addressOf({ page })} aria-current={route.page === page ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <main class="main">
        <Departures />
        <div class="side">
          {isDrawn && (
            <>
              <SkyMap />
              <AirportTable />
              {route.page === 'flight' && <FlightPage id={route.id} />}
            </>
          )}
        </div>
      </main>
      <Instruments />
      <Banner />
      <Help />
    </div>
  )
}

/** Has this been drawn once? What waits for it comes in a task of its own, so that an opening is not one long one. */
function useDrawn(): boolean {
  const [isDrawn, setDrawn] = useState(false)
  useEffect(() => setDrawn(true), [])
  return isDrawn
}

function skip(): void {
  document.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus()
}

function useKeys(app: App): void {
  const latest = useRef(app)
  latest.current = app
  useEffect(() => listenToKeys(() => latest.current), [])
}
