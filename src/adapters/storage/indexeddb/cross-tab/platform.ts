import type { Channel } from './messages.ts'
import type { Locks } from './ownership.ts'

/** What `crossTab` needs of the platform. All of it is looked up when it is first used. */
export interface Platform {
  readonly locks: Locks | undefined
  readonly channel: ((name: string) => Channel) | undefined
  readonly lifecycle: (told: Lifecycle) => () => void
}

export interface Lifecycle {
  /** The page is put aside: nothing of it will run for a while, perhaps never again. */
  sleep(): void
  /** It runs again. */
  wake(): void
}

interface Page {
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => Channel
  readonly document?: EventTarget
  readonly addEventListener?: EventTarget['addEventListener']
  readonly removeEventListener?: EventTarget['removeEventListener']
}

export function platform(page: Page = globalThis as unknown as Page): Platform {
  const { BroadcastChannel: Made } = page
  return {
    locks: page.navigator?.locks,
    channel: Made && ((name) => new Made(name)),
    lifecycle: (told) => watch(page, told),
  }
}

/** Page Lifecycle (freeze, resume) and the back-forward cache (pagehide, pageshow). A worker has neither. */
function watch(page: Page, { sleep, wake }: Lifecycle): () => void {
  const { document } = page
  if (document === undefined) return () => {}
  // What is not kept goes for good, and the browser takes its locks.
  const kept = (run: () => void) => (event: Event) => {
    if ((event as PageTransitionEvent).persisted) run()
  }
  const [hide, show] = [kept(sleep), kept(wake)]
  document.addEventListener('freeze', sleep)
  document.addEventListener('resume', wake)
  page.addEventListener?.('pagehide', hide)
  page.addEventListener?.('pageshow', show)
  return () => {
    document.removeEventListener('freeze', sleep)
    document.removeEventListener('resume', wake)
    page.removeEventListener?.('pagehide', hide)
    page.removeEventListener?.('pageshow', show)
  }
}
