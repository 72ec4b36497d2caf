import { step } from '../clock.ts'
import { filterNames } from '../overview.ts'
import type { App } from './context.ts'

/** A key that does something wherever one is, unless one types. */
export interface Shortcut {
  readonly key: string
  /** As it is called, where the key has no sign. */
  readonly name?: string
  readonly does: string
  run(app: App): void
}

const faster =
  (by: 1 | -1) =>
  ({ board, attempt }: App) =>
    attempt(board.bend({ speed: step(board.reads.clock.speed, by) }))

export const shortcuts: readonly Shortcut[] = [
  {
    key: 'p',
    does: 'play or pause',
    run: ({ board, attempt }) => attempt(board.bend({ playing: !board.reads.clock.playing })),
  },
  { key: '+', does: 'faster', run: faster(1) },
  { key: '-', does: 'slower', run: faster(-1) },
  {
    key: 'j',
    does: 'jump ten minutes',
    run: ({ board, frames, attempt }) => attempt(board.bend({ at: frames.seconds + 600 })),
  },
  { key: '/', does: 'search', run: () => document.getElementById('search')?.focus() },
  {
    key: 'b',
    does: 'go to the board',
    run: () => document.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus(),
  },
  {
    key: 'f',
    does: 'next filter',
    run: ({ view }) => {
      const next = (filterNames.indexOf(view.filter.peek()) + 1) % filterNames.length
      view.filter.value = filterNames[next] as (typeof filterNames)[number]
    },
  },
  { key: 't', does: 'theme: auto, dark, light', run: ({ view }) => view.nextTheme() },
  {
    key: '?',
    does: 'these keys',
    run: ({ view }) => {
      view.help.value = true
    },
  },
]

/** Listens to them. Returns its end. */
export function listenToKeys(app: () => App): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    const { view } = app()
    const target = event.target as HTMLElement
    if (event.key === 'Escape') {
      // The dialog closes itself, and says so a task later: the next key counts already.
      if (view.help.peek()) view.help.value = false
      else if (view.route.peek().page === 'flight') view.leave()
      return
    }
    const types = target.matches('input:not([type=radio], [type=checkbox]), textarea, select')
    if (types || event.ctrlKey || event.metaKey || event.altKey || !view.keys.peek() || view.help.peek()) return
    const shortcut = shortcuts.find(({ key }) => key === event.key)
    if (!shortcut) return
    event.preventDefault()
    shortcut.run(app())
  }
  addEventListener('keydown', onKeyDown)
  return () => removeEventListener('keydown', onKeyDown)
}
