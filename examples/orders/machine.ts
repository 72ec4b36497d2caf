import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createExecutor, createGuards, loadFsm } from 'escapement/fsm'
import type { Receiver } from './receiver.ts'

/** What guards and actions see: the fields of the order, with the event's payload over them. */
export interface Context {
  symbol: string
  quantity: number
  filled?: number | null
}

const text = readFileSync(join(import.meta.dirname, '../fsm/order.yaml'), 'utf8')

/** The machine of the orders, and what runs its actions: each tells the receiver, under its key. */
export function orderMachine(receiver: Receiver) {
  const guards = createGuards<Context>().register('is_full_fill', ({ filled, quantity }) => {
    if (typeof filled !== 'number') throw new TypeError(`the report says it filled ${filled}`)
    return filled >= quantity
  })
  const executor = createExecutor<Context>()
  for (const name of ['update_order_id', 'notify_ui', 'log_audit', 'update_positions']) {
    executor.register(name, async ({ symbol, quantity }, { entity, key, attempt }) => {
      // Every tenth order meets a user interface that does not answer at once: the executor tries again.
      if (name === 'notify_ui' && entity.endsWith('3') && attempt === 1) throw new Error('the user interface is busy')
      receiver.deliver({ key, action: name, symbol, quantity })
    })
  }
  return { fsm: loadFsm(text).bind({ guards, actions: executor }), executor }
}
