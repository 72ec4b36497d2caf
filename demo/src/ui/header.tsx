import { useStoreValue } from 'escapement/preact'
import { day, speeds } from '../clock.ts'
import { clockText } from '../minutes.ts'
import { thousands } from '../thousands.ts'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'
import { sameParts } from './same-parts.ts'

/** The sign above the board: what it is, what time it is, and how time goes. */
export function Header() {
  return (
    <header class="header">
      <h1 class="sign">
        <span class="sign-tile">
          <Sign name="plane" />
        </span>
        Departures
      </h1>
      <BoardClock />
      <Transport />
    </header>
  )
}

function BoardClock() {
  const { frames } = useApp()
  const minute = useStoreValue(() => frames.minute.value)
  const text = clockText(minute)
  return (
    <p class="clock">
      <span class="quiet">The board's time: </span>
      <time dateTime={text}>{text}</time>
      <span class="clock-day">{minute < 1440 ? 'Today' : 'Past midnight'}</span>
    </p>
  )
}

function Transport() {
  const { board, frames, attempt } = useApp()
  const { playing, speed } = useStoreValue(() => {
    const { playing, speed } = board.reads.clock
    return { playing, speed }
  }, sameParts)
  const jump = (minutes: number) => {
    const to = frames.seconds + minutes * 60
    attempt(board.bend({ at: to }), `Jumped to ${clockText(to / 60)}`)
  }
  return (
    <div class="transport" role="group" aria-label="Time">
      <button
        type="button"
        class="button button-play"
        aria-label={playing ? 'Pause' : 'Play'}
        onClick={() => attempt(board.bend({ playing: !playing }))}
      >
        <Sign name={playing ? 'pause' : 'play'} />
      </button>
      <label class="speed">
        <span class="quiet">Speed</span>
        <select value={speed} onChange={(event) => attempt(board.bend({ speed: Number(event.currentTarget.value) }))}>
          {speeds.map((times) => (
            <option key={times} value={times}>
              {thousands(times)}×
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button" onClick={() => jump(10)}>
        +10 min
      </button>
      <button type="button" class="button" onClick={() => jump(60)}>
        +1 h
      </button>
      <button
        type="button"
        class="button button-again"
        aria-label="Begin the day again"
        title="Begin the day again"
        onClick={() => attempt(board.restart(day.start * 60))}
      >
        <Sign name="again" />
      </button>
    </div>
  )
}
