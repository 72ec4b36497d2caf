import type { Result } from 'escapement'
import { useStoreValue } from 'escapement/preact'
import { useEffect, useState } from 'preact/hooks'
import type { AnyState, Verb } from '../board.ts'
import { failureWords, refusalWords } from '../refusal.ts'
import type { StateOfFlight } from '../status.ts'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'
import { sameParts } from './same-parts.ts'

/** What can be asked of a flight: the words on the button that brings a state about, and on the one that ends it. */
const questions: Readonly<Record<StateOfFlight, readonly [add: string, remove: string]>> = {
  Scheduled: ['Schedule', 'Take off the schedule'],
  CheckIn: ['Open check-in', 'Close check-in'],
  Gate: ['Open gate', 'Close gate'],
  Delayed: ['Announce 30 min delay', 'Lift the delay'],
  Boarding: ['Start boarding', 'Stop boarding'],
  LastCall: ['Last call', 'Take back the last call'],
  Departed: ['Depart', 'Undo departure'],
  Airborne: ['Take off', 'End the flight'],
  Landed: ['Land', 'Undo landing'],
  Arrived: ['Arrive at the gate', 'Undo arrival'],
  Cancelled: ['Cancel the flight', 'Undo cancellation'],
}

const states = Object.keys(questions) as StateOfFlight[]

/** Every state of the machine, with how often it changed, what can be asked of it, and why not. */
export function FlightMachine({ id }: { id: string }) {
  const { board, announce } = useApp()
  const { ticks, error } = useStoreValue(() => {
    const status = board.reads.statuses.get(id)
    // Gate and delay count as well: rules ask them.
    const flight = board.reads.flights.get(id)
    return {
      ticks: states.map((state) => status?.tick(state) ?? 0),
      error: status?.is('Exception') ? errorWords(status.error()) : undefined,
      gate: flight?.gate,
    }
  }, sameParts)
  const hints = useHints(id, ticks)
  const [refusal, setRefusal] = useState<{ state: AnyState; words: string } | undefined>(undefined)
  // What was refused a change ago may not be any more.
  useEffect(() => setRefusal(undefined), [ticks.join()])

  const ask = async (verb: Verb, state: AnyState, words: string) => {
    const result = await board.mutate(id, verb, state).catch((error: Error) => error)
    // It could not even be asked: the place where the store lives is gone, say.
    if (result instanceof Error) setRefusal({ state, words: failureWords(result) })
    else if (result.status === 'canceled') setRefusal({ state, words: refusalWords(result.reason) })
    else {
      setRefusal(undefined)
      announce(`${words}: done`)
    }
  }
  return (
    <div class="machine">
      <h3>What can happen to it</h3>
      <p class="refusal" role="alert">
        {refusal && (
          <>
            <Sign name="warn" /> {refusal.words}
          </>
        )}
        {!refusal && error !== undefined && (
          <>
            <Sign name="warn" /> A handler failed: {error}
          </>
        )}
      </p>
      {error !== undefined && (
        <button type="button" class="button" onClick={() => void ask('remove', 'Exception', 'Clear the error')}>
          Clear the error
        </button>
      )}
      <ul class="states">
        {states.map((state, i) => {
          const tick = ticks[i] as number
          const on = tick % 2 === 1
          const [add, remove] = questions[state]
          const [words, verb]: [string, Verb] = on ? [remove, 'remove'] : [add, 'add']
          const hint = hints[state]
          return (
            <li key={state} class={`state${on ? ' state-on' : ''}${refusal?.state === state ? ' state-refused' : ''}`}>
              <span class="state-lamp" aria-hidden="true" />
              <span class="state-name">
                {state}
                <span class="quiet">{on ? ', active' : ', not active'}</span>
              </span>
              <span class="state-tick" title={`changed ${tick} times`}>
                {tick}
              </span>
              <span class="state-hint" id={`hint-${state}`}>
                {hint}
              </span>
              <button
                type="button"
                class="button button-small"
                aria-describedby={`hint-${state}`}
                data-refused={hint !== ''}
                onClick={() => void ask(verb, state, words)}
              >
                {words}
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

type Hints = Partial<Record<StateOfFlight, string>>

/** Why each question would be refused; empty when it would not be. Asked of the machine whenever it changed. */
function useHints(id: string, ticks: readonly number[]): Hints {
  const { board } = useApp()
  const [hints, setHints] = useState<Hints>({})
  const gate = useStoreValue(() => board.reads.flights.get(id)?.gate)
  // The machine's ticks and the gate decide the answers.
  useEffect(() => {
    let stale = false
    const answers = states.map((state, i) => board.probe(id, (ticks[i] as number) % 2 === 1 ? 'remove' : 'add', state))
    // A place that goes away answers nothing: the hints of before are as good.
    Promise.all(answers).then(
      (results) => {
        if (stale) return
        setHints(Object.fromEntries(states.map((state, i) => [state, hintOf(results[i] as Result)])))
      },
      () => {},
    )
    return () => {
      stale = true
    }
  }, [board, id, ticks.join(), gate])
  return hints
}

const hintOf = (result: Result) => (result.status === 'canceled' ? refusalWords(result.reason) : '')

function errorWords(args: unknown): string {
  const error = (args as { error?: unknown } | undefined)?.error ?? args
  return error instanceof Error ? error.message : 'see the notices'
}
