/** What of a node context of the Vite DevTools kit is used, as far as it is there: the kit is young and changes. */
export interface HubContext {
  readonly docks?: { register?(entry: DockEntry): unknown }
}

interface DockEntry {
  readonly id: string
  readonly title: string
  readonly icon: string
  readonly type: 'iframe'
  readonly url: string
}

/** An anchor and the wheel it holds. A data URI, for the hub shows it in pages whose policy we do not know. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#7c6cf0" stroke-width="2" ' +
    'stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="15" r="5.5"/><circle cx="12" cy="15" r="1"/>' +
    '<path d="M4 9.5 12 3l8 6.5M12 3v2.5"/></svg>',
)}`

/**
 * Puts the panel among the docks of Vite DevTools, when there are any. Never throws: the hub does not catch what a
 * plugin's set-up throws, and the dev server would end with it.
 */
export function registerDock(hub: HubContext | undefined, url: string): void {
  const register = async () =>
    hub?.docks?.register?.({ id: 'escapement', title: 'Escapement', icon: ICON, type: 'iframe', url })
  // A hub that refuses the dock, now or later, leaves the panel at its address, which the terminal shows.
  register().catch(() => {})
}
