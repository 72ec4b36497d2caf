import { effect } from '@preact/signals'
import { VIEWS } from './address.ts'
import type { App } from './app.ts'
import { actionOf } from './keys.ts'

const MOVES: readonly string[] = ['previous-row', 'next-row', 'back-100', 'forward-100']

/**
 * Keeps the address and the app in step. What is stepped through replaces the address, what is gone to adds one, so
 * that "back" leads to the last place and not to the last row.
 */
export function followAddress(app: App): void {
  let last = location.hash
  app.openHash(last)
  let timer: ReturnType<typeof setTimeout> | undefined
  let key = keyOf(app)
  effect(() => {
    app.version.value
    const hash = app.hash()
    if (hash === last || app.isSeeking()) return
    last = hash
    const next = keyOf(app)
    // A page may not change its address without end: some browsers refuse after a hundred times.
    clearTimeout(timer)
    if (next !== key) history.pushState(null, '', hash)
    else timer = setTimeout(() => history.replaceState(null, '', last), 120)
    key = next
  })
  addEventListener('popstate', () => {
    last = location.hash
    app.openHash(last)
    key = keyOf(app)
  })
}

/** What makes a place another one to come back to: rows that are stepped through do not. */
const keyOf = (app: App) =>
  [app.view.value, app.machine.value?.label, app.targetId.value, app.moment.value === undefined, app.jumps.value].join()

/** What the focused element does with keys itself. */
function focusOf(target: EventTarget | null): 'text' | 'control' | 'none' {
  if (!(target instanceof HTMLElement)) return 'none'
  if (target.matches('textarea, select, input:not([type=range], [type=checkbox], [type=radio]), [contenteditable]')) {
    return 'text'
  }
  // A grid uses up and down; left and right are free there.
  if (target.matches('input[type=range], [role=tab], [role=radio]')) return 'control'
  return target.matches('button, a, summary, [role=button]') ? 'control' : 'none'
}

/** What the keys do. `focus` moves the focus to a part of the panel by its name. */
export function onKey(app: App, event: KeyboardEvent, focus: (what: 'filter' | 'address') => void): void {
  const kind = focusOf(event.target)
  const action = actionOf(event, kind === 'control' && event.key !== ' ' && isFree(event) ? 'none' : kind)
  if (!action || event.defaultPrevented) return
  if (run(app, action, focus)) event.preventDefault()
}

/** Arrows on a button or a link do nothing of their own. */
const isFree = (event: KeyboardEvent) =>
  event.target instanceof HTMLElement && event.target.matches('button:not([role]), a, summary')

function run(app: App, action: string, focus: (what: 'filter' | 'address') => void): boolean {
  // What was said of the last key does not hold of this one.
  if (action !== 'close') app.notice.value = ''
  const by = [-1, 1, -100, 100][MOVES.indexOf(action)]
  if (by !== undefined) {
    app.forget()
    app.step(by)
    return true
  }
  if (action.startsWith('view-')) {
    const view = VIEWS[Number(action.slice(5)) - 1]
    if (view) app.view.value = view
    return !!view
  }
  switch (action) {
    case 'next-change':
    case 'previous-change': {
      const state = app.machine.value?.schema?.index.get(app.state.value ?? '')
      if (state === undefined) app.notice.value = 'Pick a state first: in Tree, Clocks or Why not?'
      else if (!app.seekChange(action === 'next-change', state)) app.notice.value = 'No further change of this state.'
      return true
    }
    case 'next-error':
    case 'previous-error':
      if (!app.seek(action === 'next-error', (row) => app.isTrouble(row))) {
        app.notice.value = 'No further error or refusal.'
      }
      return true
    case 'tail':
      app.forget()
      app.select(undefined)
      return true
    case 'pause':
      app.togglePause()
      return true
    case 'filter':
    case 'address':
      focus(action)
      return true
    case 'back':
      history.back()
      return true
    case 'forward':
      history.forward()
      return true
    case 'help':
      app.help.value = !app.help.value
      return true
    case 'close':
      return app.close()
  }
  return false
}
