/** What a key does. */
export type Action =
  | 'previous-row'
  | 'next-row'
  | 'back-100'
  | 'forward-100'
  | 'next-change'
  | 'previous-change'
  | 'next-error'
  | 'previous-error'
  | 'filter'
  | 'address'
  | 'tail'
  | 'pause'
  | 'back'
  | 'forward'
  | 'help'
  | 'close'
  | `view-${number}`

/** The keyboard map, in the order the help lists it. */
export const KEYS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: '← →', does: 'Previous, next row' },
  { keys: 'Alt+← Alt+→', does: '100 rows back, forward' },
  { keys: 'n N', does: 'Next, previous change of the selected state' },
  { keys: 'e E', does: 'Next, previous error or refusal' },
  { keys: 't', does: 'Tail: follow the newest' },
  { keys: 'Space', does: 'Pause or resume recording' },
  { keys: '1 – 6', does: 'Targets, Log, Tree, Clocks, Models, Why not?' },
  { keys: '/', does: 'Filter by names' },
  { keys: 'g', does: 'Go to an address' },
  { keys: '[ ]', does: 'Back, forward' },
  { keys: 'Esc', does: 'Close what is open' },
  { keys: '?', does: 'This help' },
]

const PLAIN: Readonly<Record<string, Action>> = {
  ArrowLeft: 'previous-row',
  ArrowRight: 'next-row',
  n: 'next-change',
  N: 'previous-change',
  e: 'next-error',
  E: 'previous-error',
  '/': 'filter',
  g: 'address',
  t: 'tail',
  ' ': 'pause',
  '[': 'back',
  ']': 'forward',
  '?': 'help',
}

export interface Key {
  readonly key: string
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
}

/**
 * What a key press asks for, or `undefined` when it is not the panel's.
 *
 * @param focus What has the focus: letters belong to a `text` field, Space and arrows to a `control` that uses them.
 */
export function actionOf(
  { key, altKey, ctrlKey, metaKey }: Key,
  focus: 'text' | 'control' | 'none',
): Action | undefined {
  if (ctrlKey || metaKey) return undefined
  if (key === 'Escape') return 'close'
  if (focus === 'text') return undefined
  if (altKey) return key === 'ArrowLeft' ? 'back-100' : key === 'ArrowRight' ? 'forward-100' : undefined
  if (focus === 'control' && (key === ' ' || key.startsWith('Arrow'))) return undefined
  if (/^[1-9]$/.test(key)) return `view-${Number(key)}`
  return Object.hasOwn(PLAIN, key) ? PLAIN[key] : undefined
}
