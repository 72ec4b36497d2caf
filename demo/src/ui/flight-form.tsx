import { useStoreValue } from 'escapement/preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Editable } from '../board.ts'
import { fieldNames, meant, type Problems, problemOf, problemsOf, type Typed, typed } from '../form-fields.ts'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'
import { sameParts } from './same-parts.ts'

/**
 * Gate, delay and note. What is typed is a draft: the flight goes on below it, and a field nobody has touched shows what
 * the flight says. The schemas of the model speak as one types; its rules across fields when one saves.
 */
export function FlightForm({ id }: { id: string }) {
  const { board, announce } = useApp()
  const now = useStoreValue((): Editable => {
    const flight = board.reads.flights.get(id)
    return { gate: flight?.gate ?? '', delay: flight?.delay ?? 0, note: flight?.note ?? '' }
  }, sameParts)
  const [draft, setDraft] = useState<Partial<Typed>>({})
  const [problems, setProblems] = useState<Problems>({})
  const [saved, setSaved] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const text: Typed = { ...typed(now), ...draft }
  const dirty = fieldNames.some((field) => draft[field] !== undefined && meant(text)[field] !== now[field])

  const type = (field: keyof Editable, value: string) => {
    const next = { ...draft, [field]: value }
    setDraft(next)
    setSaved(false)
    const problem = problemOf(field, meant({ ...text, ...next })[field])
    setProblems(({ all: _, [field]: __, ...rest }) => (problem === undefined ? rest : { ...rest, [field]: problem }))
  }
  const save = async (event: Event) => {
    event.preventDefault()
    const values = meant(text)
    // Only what was touched: what the simulation changed meanwhile stays.
    const touched = Object.fromEntries(fieldNames.flatMap((f) => (draft[f] === undefined ? [] : [[f, values[f]]])))
    try {
      await board.edit(id, touched)
      setDraft({})
      setProblems({})
      setSaved(true)
      announce('Changes saved')
    } catch (error) {
      setProblems(problemsOf(error))
    }
  }
  // Errors that came with saving: the first field that has one gets the focus.
  const [tried, setTried] = useState(0)
  useEffect(() => {
    if (tried > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [tried])
  const field = (name: keyof Editable, label: string, hint: string, extra: object = {}) => (
    <Field name={name} label={label} hint={hint} problem={problems[name]}>
      {(described) => (
        <input
          id={`field-${name}`}
          name={name}
          value={text[name]}
          autocomplete="off"
          aria-invalid={problems[name] !== undefined}
          aria-describedby={described}
          onInput={(event) => type(name, event.currentTarget.value)}
          {...extra}
        />
      )}
    </Field>
  )
  return (
    <form
      class="flight-form"
      ref={form}
      noValidate
      onSubmit={(event) => void save(event).then(() => setTried((n) => n + 1))}
      aria-label="Edit the flight"
    >
      <div class="fields">
        {field('gate', 'Gate', 'A letter and a number', { size: 4, maxLength: 8 })}
        {field('delay', 'Delay', 'Minutes', { inputMode: 'numeric', size: 5, maxLength: 6 })}
        {field('note', 'Note', 'A few words for the board', { maxLength: 120 })}
      </div>
      <p class="problem problem-all" role="alert">
        {problems.all && (
          <>
            <Sign name="warn" /> {problems.all}
          </>
        )}
      </p>
      <div class="form-end">
        <button type="submit" class="button button-main" disabled={!dirty && Object.keys(problems).length === 0}>
          Save
        </button>
        <button
          type="button"
          class="button"
          disabled={Object.keys(draft).length === 0}
          onClick={() => {
            setDraft({})
            setProblems({})
          }}
        >
          Discard
        </button>
        <span class="form-saved">{saved && !dirty && 'Saved'}</span>
      </div>
    </form>
  )
}

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly problem: string | undefined
  readonly children: (described: string) => ComponentChildren
}

/** A field with its hint, whose place a problem takes, so that nothing moves. */
function Field({ name, label, hint, problem, children }: FieldProps) {
  return (
    <div class={`field field-${name}`}>
      <label for={`field-${name}`}>{label}</label>
      {children(`about-${name}`)}
      <p id={`about-${name}`} class={problem ? 'problem' : 'hint'} aria-live="polite">
        {problem ? (
          <>
            <Sign name="warn" /> {problem}
          </>
        ) : (
          hint
        )}
      </p>
    </div>
  )
}
