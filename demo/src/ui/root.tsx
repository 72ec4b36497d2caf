import { useStoreValue } from 'escapement/preact'
import { useMemo, useState } from 'preact/hooks'
import { failureWords } from '../refusal.ts'
import type { Session } from '../session.ts'
import type { View } from '../view.ts'
import { type App, AppProvider } from './context.ts'
import { Page } from './page.tsx'

/** The board once it is open; before that, that it is being opened, or why it cannot be. */
export function Root({ session, view }: { session: Session; view: View }) {
  const opened = useStoreValue(() => session.opened.value)
  const [said, announce] = useState('')
  const app = useMemo((): App | undefined => {
    if (opened === undefined || opened instanceof Error) return undefined
    const attempt: App['attempt'] = (asked, done) => {
      asked?.then(
        () => done !== undefined && announce(done),
        (error) => announce(failureWords(error)),
      )
    }
    return { ...opened, view, announce, attempt, moveTo: (place) => session.moveTo(place) }
  }, [opened, session, view])
  return (
    <>
      {app && (
        <AppProvider value={app}>
          <Page />
        </AppProvider>
      )}
      {opened instanceof Error && <Failed error={opened} />}
      {opened === undefined && <Opening session={session} />}
      <p class="quiet" role="status">
        {said}
      </p>
    </>
  )
}

function Opening({ session }: { session: Session }) {
  const share = useStoreValue(() => session.share.value)
  return (
    <div class="opening">
      <p>Opening the board …</p>
      <progress max={1} value={share} aria-label="Opening the board" />
    </div>
  )
}

function Failed({ error }: { error: Error }) {
  return (
    <div class="opening" role="alert">
      <h1>The board cannot be opened</h1>
      <p>{error.message}</p>
      <button type="button" class="button button-main" onClick={() => location.reload()}>
        Try again
      </button>
    </div>
  )
}
