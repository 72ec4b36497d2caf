import { type Signal, signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'escapement-panel-theme'

/** Light, dark, or what the system says; kept in this browser. */
export const theme: Signal<Theme> = signal<Theme>('system')

let system: MediaQueryList | undefined

/** Reads what was chosen before, and follows the system where nothing was. */
export function loadTheme(): void {
  system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', apply)
  try {
    const kept = localStorage.getItem(KEY)
    theme.value = THEMES.find((one) => one === kept) ?? 'system'
  } catch {
    // Storage is forbidden: the system's, then.
  }
  apply()
}

export function chooseTheme(next: Theme): void {
  theme.value = next
  apply()
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Not kept, then.
  }
}

function apply(): void {
  const dark = theme.value === 'system' ? system?.matches : theme.value === 'dark'
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}
