import { defineErrors, EscapementError, TimeoutError } from '../../core/error.ts'

/**
 * The worker is gone: terminated, crashed, closed or silent. `outcome` says what became of the call: `not-sent`, or
 * `unknown` when it may have been carried out. `id` names a write: given again in `{ id }`, to the same worker, the write
 * is applied once.
 */
export class DisconnectedError extends EscapementError {
  override name = 'DisconnectedError'
  declare readonly outcome: 'not-sent' | 'unknown'
  declare readonly id: string | undefined
}

/** The page and the worker do not speak of the same: another protocol, or other definitions. */
export class MismatchError extends EscapementError {
  override name = 'MismatchError'
  /** What differs, a line each. */
  declare readonly differences: readonly string[]
}

export const errors = /* @__PURE__ */ defineErrors({
  NO_ENDPOINT: {
    why: () => 'This is neither a worker nor a port.',
    fix: 'Give a Worker, a SharedWorker or a MessagePort.',
  },
  NO_WORKER: {
    why: () => 'This does not run in a worker.',
    fix: 'Call it in the worker, or give it the port to serve: { endpoint }.',
  },
  ENDPOINT_TAKEN: {
    why: () => 'There is a mirror at this worker or port already.',
    fix: 'Close that one, use it in both places, or give this one a MessagePort of its own.',
  },
  UNREADABLE: { why: () => 'A message could not be read.' },
  EXITED: { why: (p: { how: string }) => `The worker is gone: ${p.how}.` },
  SILENT: { why: (p: { ms: number }) => `The worker has not answered for ${p.ms} ms.` },
  DISCONNECTED: {
    as: DisconnectedError,
    why: (p: { store: string; outcome: 'not-sent' | 'unknown'; id: string | undefined }) =>
      p.outcome === 'unknown'
        ? `Store "${p.store}" lost its worker; whether this was done there is unknown.`
        : `Store "${p.store}" has no worker; this was not sent.`,
    fix: 'reconnect() to a worker. The cause says what happened.',
  },
  CONNECT_TIMEOUT: {
    as: TimeoutError,
    why: (p: { ms: number }) => `The worker has not answered within ${p.ms} ms.`,
    fix: 'Does it call serveStore()? Give a longer `timeout` if its store takes long to open.',
  },
  MISMATCH: {
    as: MismatchError,
    why: (p: { differences: readonly string[] }) =>
      `The worker holds other definitions:${p.differences.map((line) => `\n  ${line}`).join('')}`,
    fix: 'Build the page and the worker from the same sources.',
  },
  STALE: { why: (p: { what: string }) => `A message does not fit: ${p.what}.` },
  FIELD_REDACTED: {
    why: (p: { model: string; field: string }) =>
      `Field "${p.field}" of "${p.model}" is redacted: it stays in the worker.`,
    fix: 'Write it there.',
  },
  FUNCTION_UNKNOWN: {
    why: (p: { name: string; known: readonly string[] }) =>
      `The worker serves no function "${p.name}", but ${p.known.map((name) => `"${name}"`).join(', ') || 'none'}.`,
    fix: 'Give it to serveFunctions().',
  },
  POOL_FULL: {
    why: (p: { waiting: number }) => `The pool has ${p.waiting} calls waiting.`,
    fix: 'Wait for some of them, or give a higher `queueLimit`.',
  },
  POOL_WORKER_LOST: {
    as: DisconnectedError,
    why: (p: { name: string; outcome: 'not-sent' | 'unknown' }) =>
      p.outcome === 'unknown'
        ? `The worker that "${p.name}" ran in has ended.`
        : `No worker could be started for "${p.name}".`,
    fix: 'The cause says why. The next call gets another worker.',
  },
  POOL_CLOSED: { why: () => 'The pool is closed.' },
  RESEND_UNKNOWN: {
    why: (p: { id: string }) => `Whether write "${p.id}" was applied is no longer known.`,
  },
})
