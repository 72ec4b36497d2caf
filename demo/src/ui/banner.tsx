import { useStoreValue } from 'escapement/preact'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'

/** What went wrong, and what becomes of it. It lies over the page, so that nothing below moves. */
export function Banner() {
  const { board, attempt } = useApp()
  const saving = useStoreValue(() => board.saving())
  const notices = useStoreValue(() => board.reads.notices.list)
  const storage = notices.findLast(({ kind }) => kind === 'storage')
  // Storage says itself when it works again; the rest stays until somebody has read it.
  const others = notices.filter(({ kind }) => kind !== 'storage')
  return (
    <div class="banners" role="region" aria-label="Messages">
      <div role="alert">
        {saving === 'failed' && (
          <p class="banner banner-failed">
            <Sign name="warn" />
            <span>
              <b>Not saved.</b> {storage?.text} Everything is kept in memory, and tried again.
            </span>
          </p>
        )}
        {saving === 'disconnected' && (
          <p class="banner banner-failed">
            <Sign name="warn" />
            <span>
              <b>The worker is gone.</b> What it had acknowledged is in storage; the board shows what was last known,
              and nothing can be changed until another is started.
            </span>
            <button type="button" class="button" onClick={() => attempt(board.worker?.replace())}>
              Start another
            </button>
          </p>
        )}
        {saving === 'memory' && (
          <p class="banner banner-failed">
            <Sign name="warn" />
            <span>
              <b>Nothing will be kept.</b> This browser gives no storage here; the board runs on memory.
            </span>
          </p>
        )}
        {others.map(({ id, text, kind }) => (
          <p key={id} class={`banner banner-${kind}`}>
            <Sign name="warn" />
            <span>{text}</span>
            <button
              type="button"
              class="icon-button"
              aria-label="Dismiss the message"
              onClick={() => attempt(board.dismiss(id))}
            >
              <Sign name="close" />
            </button>
          </p>
        ))}
      </div>
    </div>
  )
}
