import { DefinitionError, defineErrors, EscapementError } from '../error.ts'
import type { Issue } from '../ports/host.ts'

/** A transaction that cannot be one: it answered with a promise, or a negotiation handler tried to write. */
export class TransactionError extends EscapementError {
  override name = 'TransactionError'
}

/** The model is held by a lock. */
export class LockedError extends EscapementError {
  override name = 'LockedError'
}

/** A lock did not come in time. `models` were waited for; `holder` is where the present holder took it. */
export class LockTimeoutError extends EscapementError {
  override name = 'LockTimeoutError'
  declare readonly models: readonly string[]
  declare readonly holder: string | undefined
}

/** The definition was not given to this store. */
export class NotRegisteredError extends EscapementError {
  override name = 'NotRegisteredError'
}

/** The store is closed. */
export class ClosedError extends EscapementError {
  override name = 'ClosedError'
}

/** Stored or given data that does not fit the definitions. Nothing was applied. */
export class HydrationError extends EscapementError {
  override name = 'HydrationError'
  /** Every bad entry, with every reason. */
  declare readonly entries: readonly { readonly key: string; readonly issues: readonly Issue[] }[]
}

const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
const said = (issues: readonly Issue[]) =>
  issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; ')

export const errors = /* @__PURE__ */ defineErrors({
  STORE_NAME_TAKEN: {
    as: DefinitionError,
    why: (p: { store: string; definition: string }) =>
      `Store "${p.store}" was given two definitions named "${p.definition}".`,
    fix: 'One name is one model, collection or machine.',
  },
  STORE_NAME_UNFIT: {
    as: DefinitionError,
    why: (p: { definition: string }) => `"${p.definition}" cannot be a key in storage.`,
    fix: 'Names are [A-Za-z][\\w.-]*, up to 200.',
  },
  NOT_REGISTERED: {
    as: NotRegisteredError,
    why: (p: { store: string; definition: string }) => `Store "${p.store}" does not hold "${p.definition}".`,
    fix: 'Give it to openStore({ state }) or store.load().',
  },
  NOT_A_MODEL: {
    as: TransactionError,
    why: (p: { store: string; what: string }) => `"${p.what}" of store "${p.store}" is no model or row.`,
  },
  TRANSACTION_ASYNC: {
    as: TransactionError,
    why: () => 'A transaction answered with a promise; nothing was changed.',
    fix: 'Use store.lock() for what takes time.',
  },
  NEGOTIATION_WRITES: {
    as: TransactionError,
    why: (p: { key: string }) => `A negotiation handler tried to write "${p.key}".`,
    fix: 'Write in `entered` or `exited`.',
  },
  LOCKED: {
    as: LockedError,
    why: (p: { key: string; holder: string | undefined }) => `"${p.key}" is locked, ${p.holder ?? 'in this store'}.`,
    fix: 'Write the drafts inside the lock, or wait with store.lock().',
  },
  LOCK_TIMEOUT: {
    as: LockTimeoutError,
    why: (p: { models: readonly string[]; ms: number; holder: string | undefined }) =>
      `Waited ${p.ms} ms for a lock on ${list(p.models)}, held ${p.holder ?? 'by nobody known'}.`,
    fix: 'End the holder sooner, or give a longer `timeout`.',
  },
  LOCK_NESTED: {
    as: LockedError,
    why: (p: { models: readonly string[] }) => `A lock on ${list(p.models)} was asked for inside a lock.`,
    fix: 'Name all models in one call.',
  },
  CLOSED: {
    as: ClosedError,
    why: (p: { store: string }) => `Store "${p.store}" is closed.`,
  },
  UNSAVED: {
    as: ClosedError,
    why: (p: { store: string; unsaved: number }) => `Store "${p.store}" was closed with ${p.unsaved} commits unsaved.`,
    fix: 'The cause says why they could not be written.',
  },
  HYDRATION: {
    as: HydrationError,
    why: (p: { entries: readonly { key: string; issues: readonly Issue[] }[] }) =>
      `${p.entries.length} entries do not fit: ${p.entries.map((e) => `${e.key} (${said(e.issues)})`).join(', ')}.`,
    fix: 'Nothing was applied. Add a migration, mend the data, or choose another `onInvalid`.',
  },
  QUARANTINED: {
    as: HydrationError,
    why: (p: { entries: readonly { key: string; issues: readonly Issue[] }[] }) =>
      `${p.entries.length} entries do not fit and were put aside: ${p.entries.map((e) => `${e.key} (${said(e.issues)})`).join(', ')}.`,
    fix: 'They are kept under quarantine/… in storage.',
  },
  SUBSCRIBER_SLOW: {
    why: (p: { key: string; waiting: number }) =>
      `A subscriber of "${p.key}" has ${p.waiting} calls waiting; further commits are merged into the last of them.`,
  },
})
