import { type Signal, signal } from '@preact/signals'

/** As in style/shell.css: one column instead of three panes. */
const NARROW = '(max-width: 859px)'

/** Is there room for one column only? */
export const narrow: Signal<boolean> = signal(false)

/** Follows the width of the window. */
export function watchScreen(): void {
  const query = matchMedia(NARROW)
  const follow = () => {
    narrow.value = query.matches
  }
  query.addEventListener('change', follow)
  follow()
}
