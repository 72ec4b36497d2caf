// The only platform names core may use. Everything else comes through a port.
// Compiled by src/core/tsconfig.json alone: elsewhere the platform's own types say more.

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare const console: { error(...data: unknown[]): void; warn(...data: unknown[]): void }
declare function queueMicrotask(run: () => void): void
