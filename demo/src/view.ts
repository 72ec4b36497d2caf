import { type Signal, signal } from '@preact/signals-core'
import type { Filter } from './overview.ts'

/** What is looked at, by the address: `#/flight/E0417`, `#/map`, `#/airports`, `#/`. */
export type Route =
  | { readonly page: 'board' | 'map' | 'airports'; readonly id?: undefined }
  | { readonly page: 'flight'; readonly id: string }

export function routeOf(hash: string): Route {
  const [, page, id] = /^#\/(\w+)(?:\/(\w+))?$/.exec(hash) ?? []
  if (page === 'flight' && id !== undefined) return { page, id }
  return { page: page === 'map' || page === 'airports' ? page : 'board' }
}

export const addressOf = (route: Route): string =>
  route.page === 'flight' ? `#/flight/${route.id}` : route.page === 'board' ? '#/' : `#/${route.page}`

export type Theme = 'auto' | 'dark' | 'light'

/** What a person has chosen to see. Of this page alone, so no part of the store. */
export class View {
  readonly route: Signal<Route> = signal(routeOf(location.hash))
  readonly filter: Signal<Filter> = signal<Filter>('upcoming')
  readonly words: Signal<string> = signal('')
  readonly theme: Signal<Theme> = signal(themeOf(remembered('theme')))
  readonly keys: Signal<boolean> = signal(remembered('keys') !== 'off')
  readonly help: Signal<boolean> = signal(false)
  /** Where the focus goes back to when a flight is closed. */
  #back: Element | null = null

  constructor() {
    addEventListener('hashchange', () => {
      this.route.value = routeOf(location.hash)
    })
    this.#paint()
  }

  go(route: Route): void {
    if (route.page === 'flight' && this.route.peek().page !== 'flight') this.#back = document.activeElement
    location.hash = addressOf(route)
  }

  leave(): void {
    this.go({ page: 'board' })
  }

  /** A flight has been closed, and the board is seen again: the focus goes to where it was. */
  focusBack(): void {
    const back = this.#back
    this.#back = null
    if (back instanceof HTMLElement && back.isConnected) back.focus()
    else document.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus()
  }

  nextTheme(): void {
    const order: readonly Theme[] = ['auto', 'dark', 'light']
    this.theme.value = order[(order.indexOf(this.theme.peek()) + 1) % order.length] as Theme
    remember('theme', this.theme.peek())
    this.#paint()
  }

  listenToKeys(on: boolean): void {
    this.keys.value = on
    remember('keys', on ? 'on' : 'off')
  }

  #paint(): void {
    document.documentElement.dataset.theme = this.theme.peek()
  }
}

// A browser that gives no storage gives no memory of these either; the rest goes on.
function remembered(what: string): string | null {
  try {
    return localStorage.getItem(what)
  } catch {
    return null
  }
}

function remember(what: string, value: string): void {
  try {
    localStorage.setItem(what, value)
  } catch {}
}

const themeOf = (text: string | null): Theme => (text === 'dark' || text === 'light' ? text : 'auto')
