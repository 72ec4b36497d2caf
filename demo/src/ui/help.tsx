import { useStoreValue } from 'escapement/preact'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'
import { shortcuts } from './shortcuts.ts'

const board: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'one flight up or down'],
  ['Page Up, Page Down', 'one screen up or down'],
  ['Home, End', 'first or last flight'],
  ['Enter', 'open the flight'],
  ['Esc', 'close the flight'],
]

/** The keys, and what the board is. */
export function Help() {
  const { view } = useApp()
  const open = useStoreValue(() => view.help.value)
  const keys = useStoreValue(() => view.keys.value)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  const close = () => {
    view.help.value = false
  }
  return (
    <dialog class="help" ref={dialog} aria-labelledby="help-title" onClose={close}>
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}>
          <Sign name="close" />
        </button>
      </header>
      <dl>
        {board.map(([key, does]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{does}</dd>
          </div>
        ))}
        {shortcuts.map(({ key, name, does }) => (
          <div key={key}>
            <dt>
              <kbd>{name ?? key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={keys} onChange={(event) => view.listenToKeys(event.currentTarget.checked)} />
        Single keys do something
      </label>
      <p>
        2,000 flights of early 2001 as <a href="https://github.com/vega/vega-datasets">vega-datasets</a> has them, all
        flown on one day. Gates, flight numbers and the hours after landing are made up. Each flight is a row and a
        machine of one <b>Escapement</b> store, kept in this browser.
      </p>
    </dialog>
  )
}
