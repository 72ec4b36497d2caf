import { useStoreValue } from 'escapement/preact'
import { useEffect, useState } from 'preact/hooks'
import type { Role } from '../flight.ts'
import { clockText } from '../minutes.ts'
import { BreakIt } from './break-it.tsx'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'

const savingWords = {
  saved: 'Saved',
  saving: 'Saving',
  failed: 'Not saved',
  memory: 'Memory only',
  disconnected: 'Disconnected',
} as const

const roleWords: Readonly<Record<Role, string>> = {
  joining: 'Looking for tabs',
  owner: 'This tab flies',
  mirror: 'Another tab flies',
  alone: 'Only tab',
}

/** What one wants to know of the machinery, always in sight. */
export function Instruments() {
  const { board, frames, view } = useApp()
  // What stands still has no speed: nothing is drawn then.
  const perSecond = useStoreValue(() => (board.reads.clock.playing ? frames.perSecond.value : '–'))
  const transitions = useStoreValue(() => frames.transitions.value)
  const played = useStoreValue(() => clockText(board.reads.progress.minute))
  const role = useStoreValue(() => board.reads.home.role)
  const theme = useStoreValue(() => view.theme.value)
  return (
    <footer class="instruments" data-played={played}>
      <Saving />
      <span class="instrument" title="Of several tabs one plays the day" data-role={role}>
        {roleWords[role]}
      </span>
      <span class="instrument meter" title="Frames per second of this page">
        <b data-meter="fps">{perSecond}</b> fps
      </span>
      <span class="instrument meter" title="Transitions of all 2,000 machines">
        <b data-meter="transitions">{transitions}</b> transitions/s
      </span>
      <PlaceSwitch />
      <span class="instruments-end">
        <BreakIt />
        <button type="button" class="button" aria-label={`Theme: ${theme}`} onClick={() => view.nextTheme()}>
          <Sign name="theme" /> <span class="button-text">Theme:</span> <span class="theme-name">{theme}</span>
        </button>
        <button
          type="button"
          class="button"
          aria-label="Keys"
          aria-haspopup="dialog"
          onClick={() => {
            view.help.value = true
          }}
        >
          ? <span class="button-text">Keys</span>
        </button>
      </span>
    </footer>
  )
}

/** Where the data stands. `saving` comes and goes many times a second: it is shown when it lasts. */
function Saving() {
  const { board } = useApp()
  const saving = useStoreValue(() => board.saving())
  const [shown, setShown] = useState(saving)
  useEffect(() => {
    if (saving !== 'saving') return setShown(saving)
    const late = setTimeout(() => setShown(saving), 400)
    return () => clearTimeout(late)
  }, [saving])
  return (
    <span class={`instrument saving saving-${shown}`} data-saving={saving} title="What is in storage">
      <span class="lamp" aria-hidden="true" />
      <span>{savingWords[shown]}</span>
    </span>
  )
}

function PlaceSwitch() {
  const { board, moveTo } = useApp()
  return (
    <label class="instrument switch" title="Where the store and the simulation run">
      <input
        type="checkbox"
        role="switch"
        aria-label="Simulation in a worker"
        aria-checked={board.place === 'worker'}
        checked={board.place === 'worker'}
        onChange={(event) => void moveTo(event.currentTarget.checked ? 'worker' : 'page')}
      />
      <span class="switch-track" aria-hidden="true" />
      <span>
        <span class="switch-start">Simulation in a </span>
        <span class="switch-end">worker</span>
      </span>
    </label>
  )
}
