// No library: the platform itself.
import type { Trial } from '../scenario.ts'
import { type Entries, entriesOfStored, IDS, ROWS, type Row, rowAt, type Stored, storedOf } from '../scenarios/todo.ts'

export function rows(): Trial {
  const held = new Map<string, Row>()
  return {
    run(from, to) {
      for (let i = from; i < to; i++) held.set(IDS[i]!, rowAt(i))
    },
    outcome: () => ({ size: held.size, last: held.get(IDS[held.size - 1]!) }),
  }
}

export function addAll(): Trial {
  const held = new Map<string, Row>()
  let most = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        for (let i = 0; i < ROWS; i++) held.set(IDS[i]!, rowAt(i))
        most = held.size
        for (let i = 0; i < ROWS; i++) held.delete(IDS[i]!)
      }
    },
    outcome: () => ({ size: held.size, most }),
  }
}

export function snapshotText(entries: Entries, titleAt: (step: number) => string): Trial {
  const stored = storedOf(entries)
  const keys = Object.keys(stored)
  let text = ''
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        stored[keys[step % ROWS]!]!.d.title = titleAt(step)
        text = JSON.stringify(stored)
      }
    },
    outcome: () => entriesOfStored(JSON.parse(text)),
  }
}

export function parsed(text: string): Trial {
  let stored: Stored = {}
  return {
    run(from, to) {
      // In the scenario that counts bytes, the steps are the rows.
      for (let step = from; step < to; step++) {
        stored = JSON.parse(text)
        if (to - from === ROWS) break
      }
    },
    outcome: () => entriesOfStored(stored),
  }
}
