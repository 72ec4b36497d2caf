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

/** Does anybody see the panel? Not in a tab behind others, nor in a frame that is kept alive without being shown. */
export const isSeen = (): boolean => !document.hidden && innerWidth > 0 && innerHeight > 0
