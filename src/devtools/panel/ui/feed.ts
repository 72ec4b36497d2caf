import { readToPanel } from '../../protocol/read.ts'
import type { History, KeptRun } from '../keep/history.ts'
import type { Peer, Received } from '../session/sessions.ts'
import type { App } from './app.ts'
import { isSeen } from './screen.ts'

/** Definitions, machines and stores: kept as long as their run. */
const HEADS: ReadonlySet<string> = new Set(['schema', 'machine', 'store', 'gone'])
/** Lines are written this often. */
const WRITE_MS = 400

interface Unwritten {
  run: KeptRun
  head: string[]
  rows: string[]
}

/** What comes in goes into the trace, and what of it is new into the history. */
export class Feed {
  readonly #app: App
  readonly #unwritten = new Map<string, Unwritten>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #drawing = false
  /** Without one nothing is kept. */
  history: History | undefined
  /** Only one panel writes; the others have the lines too, and need not keep them twice. */
  writes = false

  constructor(app: App) {
    this.#app = app
  }

  /** Takes in what was kept. */
  async load(): Promise<void> {
    await this.history?.read(({ target, origin, step }, lines) => {
      const run = this.#app.trace.run(target, origin, step)
      for (const text of lines) {
        const frame = readToPanel(text)
        if (frame) this.#app.trace.ingest(run, frame)
      }
      this.#app.settle()
    })
  }

  /** A message of a session. */
  take(peer: Peer, lines: readonly Received[]): void {
    const { target, origin, step } = peer.here
    const run = this.#app.trace.run(target, origin, step)
    const news = lines.filter(({ frame }) => this.#app.trace.ingest(run, frame))
    if (!news.length) return
    this.draw()
    if (!this.history) return
    let kept = this.#unwritten.get(peer.run)
    if (!kept) {
      kept = { run: { run: peer.run, target, origin, step, last: 0 }, head: [], rows: [] }
      this.#unwritten.set(peer.run, kept)
    }
    for (const { text, frame } of news) (HEADS.has(frame.k) ? kept.head : kept.rows).push(text)
    kept.run.last = Date.now()
    this.#timer ??= setTimeout(() => this.write(), WRITE_MS)
  }

  /** Shows what came, once a frame however much came. */
  draw(): void {
    if (this.#drawing) return
    this.#drawing = true
    const draw = () => {
      this.#drawing = false
      this.#app.settle()
    }
    // Nobody draws frames for what is not seen.
    if (isSeen()) requestAnimationFrame(draw)
    else setTimeout(draw, 250)
  }

  write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const unwritten = [...this.#unwritten.values()]
    this.#unwritten.clear()
    if (!this.writes) return
    for (const { run, head, rows } of unwritten) {
      this.history?.write(run, head, rows).catch((error) => {
        this.#app.notice.value = `History is not kept: ${(error as Error | null)?.message ?? 'the browser refused'}.`
      })
    }
  }
  async forget(): Promise<void> {
    this.#unwritten.clear()
    await this.history?.clear()
  }
}
