import type { RefObject } from 'preact'
import type { App } from '../ui/app.ts'
import { count, timeOfDay } from '../ui/format.ts'
import { chooseTheme, THEMES, theme } from '../ui/theme.ts'

/** Recording, time, and what is filtered. */
export function Bar({ app, filter }: { app: App; filter: RefObject<HTMLInputElement | null> }) {
  return (
    <header class="bar">
      <h1 class="brand">Escapement</h1>
      <PauseButton app={app} />
      <Scrub app={app} />
      <input
        ref={filter}
        class="filter"
        type="search"
        aria-label="Filter by names"
        placeholder="Filter by names  /"
        spellcheck={false}
        autocomplete="off"
        value={app.filterText.value}
        onInput={(event) => {
          app.filterText.value = event.currentTarget.value
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          app.filterText.value = ''
          event.currentTarget.blur()
          event.stopPropagation()
        }}
      />
      <label class="theme">
        <span class="hidden">Colours</span>
        <select
          value={theme.value}
          onChange={(event) => chooseTheme(THEMES.find((one) => one === event.currentTarget.value) ?? 'system')}
        >
          <option value="system">System</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <button
        type="button"
        class="button"
        aria-label="Keyboard help"
        onClick={() => {
          app.help.value = true
        }}
      >
        ?
      </button>
    </header>
  )
}

function PauseButton({ app }: { app: App }) {
  const recording = app.recording()
  return (
    <button
      type="button"
      class={`button pause${recording === false ? ' is-paused' : ''}`}
      disabled={recording === undefined}
      title="Pauses the recording, never the app (Space)"
      onClick={() => app.togglePause()}
    >
      <span aria-hidden="true">{recording === false ? '▶' : '❚❚'}</span>{' '}
      <span class="wide">{recording === false ? 'Record' : 'Pause'}</span>
    </button>
  )
}

/** The moment, as a slider over the rows of the log. */
function Scrub({ app }: { app: App }) {
  app.version.value
  const list = app.list.value
  const moment = app.moment.value
  const last = list.rows.length - 1
  const at = moment === undefined ? last : list.placeOf(moment)
  const row = moment ?? list.rows.at(-1)
  const time = row === undefined ? '––:––:––.–––' : timeOfDay(app.trace.rows.at[row]!)
  return (
    <div class="scrub">
      <button
        type="button"
        class="button step"
        aria-label="Previous row"
        disabled={last < 0}
        onClick={() => app.step(-1)}
      >
        ◀
      </button>
      <input
        type="range"
        aria-label="Moment"
        min={0}
        max={Math.max(0, last)}
        value={Math.max(0, at)}
        disabled={last < 0}
        aria-valuetext={`row ${at + 1} of ${last + 1}, ${time}${moment === undefined ? ', newest' : ''}`}
        onInput={(event) => {
          app.forget()
          app.select(list.rows[event.currentTarget.valueAsNumber])
        }}
      />
      <button
        type="button"
        class="button step"
        aria-label="Next row"
        disabled={last < 0 || moment === undefined}
        onClick={() => app.step(1)}
      >
        ▶
      </button>
      <span class="num moment" aria-hidden="true">
        {time}
      </span>
      <span class="num dim wide position" aria-hidden="true">
        {count(at + 1)} / {count(last + 1)}
      </span>
      <button
        type="button"
        class="button tail"
        aria-pressed={moment === undefined}
        title="Follow the newest (t)"
        onClick={() => {
          app.forget()
          app.select(undefined)
        }}
      >
        Tail
      </button>
    </div>
  )
}
