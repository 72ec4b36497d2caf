import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Board } from '../board.ts'
import type { Frames } from '../frames.ts'
import type { Overview } from '../overview.ts'
import type { View } from '../view.ts'

/** What every part of the page works with. */
export interface App {
  readonly board: Board
  readonly overview: Overview
  readonly frames: Frames
  readonly view: View
  /** Says something to who listens instead of looking. */
  announce(text: string): void
  /** Says what became of something asked for: `done`, if anything, or why it could not be. */
  attempt(asked: Promise<unknown> | undefined, done?: string): void
  /** Moves the store to a worker, or back. */
  moveTo(place: Board['place']): Promise<void>
}

const Context = createContext<App | undefined>(undefined)
export const AppProvider = Context.Provider

export function useApp(): App {
  const app = useContext(Context)
  if (app === undefined) throw new Error('useApp() outside of the app')
  return app
}
