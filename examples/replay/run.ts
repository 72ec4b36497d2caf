import { defineMachine } from 'escapement'
import * as v from 'valibot'

/**
 * The replay itself. It is stored like everything else, so a killed run is found as it was: reading. But whatever was
 * reading is no more, hence MachineRestored; and who neither reads nor ended is paused.
 */
export const ReplayRun = defineMachine('replay', {
  Start: {},
  Reading: { require: ['Start'], remove: ['Paused', 'Done'] },
  Paused: { auto: true, require: ['Start'], remove: ['Reading'] },
  Done: { require: ['Start'], remove: ['Reading', 'Paused'] },
  /** A row that is no flight. The reading goes on; the ticks count such rows. */
  ErrInput: { multi: true, require: ['Start'], args: v.object({ row: v.number(), why: v.string() }) },
  /** The disk refused; the end of this run. */
  ErrStorage: { remove: ['Reading', 'Paused', 'Done'] },
  /** Anything unforeseen. */
  Exception: { remove: ['Reading'] },
  MachineRestored: { remove: ['Reading'] },
})
