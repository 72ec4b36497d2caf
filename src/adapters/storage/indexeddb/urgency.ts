/** What of a page is needed; a worker or a server has none of it. */
interface Page {
  readonly document?: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>
  readonly addEventListener?: typeof globalThis.addEventListener
  readonly removeEventListener?: typeof globalThis.removeEventListener
}

/**
 * Calls `run` when the page may be about to go: it was hidden, which is the last that a phone tells, or is left.
 * Returns a function that stops it. Where there is no page nothing happens.
 */
export function whenLeaving(run: () => void, page: Page = globalThis): () => void {
  const { document } = page
  if (document === undefined) return () => {}
  const hidden = () => {
    if (document.visibilityState === 'hidden') run()
  }
  document.addEventListener('visibilitychange', hidden)
  page.addEventListener?.('pagehide', run)
  return () => {
    document.removeEventListener('visibilitychange', hidden)
    page.removeEventListener?.('pagehide', run)
  }
}
