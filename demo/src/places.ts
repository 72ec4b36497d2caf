import type { Store } from 'escapement'
import { connectStore } from 'escapement/worker'
import { type Board, boardOn } from './board.ts'
import { state } from './flight.ts'
import { type HomeOptions, openHome } from './home.ts'
import { nameOf } from './worker-name.ts'

/** Opens the board with its store and simulation in this page. */
async function inPage(options: HomeOptions): Promise<Board> {
  const { store, close } = await openHome(options)
  return boardOn(store, { place: 'page', close })
}

/** Opens the board with its store and simulation in a worker, and a mirror of it in this page. */
async function inWorker(options: HomeOptions): Promise<Board> {
  const hire = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: nameOf(options) })
  let worker = hire()
  // Opening may have to wait for the disk, and on a first visit for 2,000 flights to be put on the board.
  const mirror = await connectStore(worker, { state, timeout: 30_000, heartbeat: 1000 })
  return boardOn(mirror as unknown as Store, {
    place: 'worker',
    close: async () => {
      await mirror.flush().catch(() => {})
      await mirror.close()
      worker.terminate()
    },
    worker: {
      kill: () => worker.terminate(),
      replace: async () => {
        worker = hire()
        await mirror.reconnect(worker, { timeout: 30_000 })
      },
    },
  })
}

/** By place, how the board is opened there. */
export const places: Readonly<Record<Board['place'], (options: HomeOptions) => Promise<Board>>> = {
  page: inPage,
  worker: inWorker,
}
