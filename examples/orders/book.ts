import { collection, defineModel } from 'escapement'
import { checkTimeout, type FsmEvent, idempotencyKeys, type TransitionResult } from 'escapement/fsm'
import * as v from 'valibot'
import type { Context, orderMachine } from './machine.ts'

const Order = defineModel(
  'order',
  {
    status: v.picklist(['PENDING_NEW', 'OPEN', 'FILLED', 'TIMED_OUT', 'ERROR_STATE']),
    symbol: v.string(),
    quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
    /** When the order was sent, in milliseconds. */
    sentAt: v.number(),
  },
  { initial: { status: 'PENDING_NEW', symbol: 'ACME', quantity: 1, sentAt: 0 } },
)
export const Orders = collection(Order)

/** An event of the exchange, or the news that it is `now` and none came. */
export type Happening = FsmEvent | { now: number }

const SYMBOLS = ['ACME', 'BETA', 'CRUX', 'DELTA', 'ECHO']
const OPENING = Date.UTC(2026, 0, 5, 9, 30)

/** Order number `n`, as it is sent. */
export const orderOf = (n: number) => ({
  status: 'PENDING_NEW' as const,
  symbol: SYMBOLS[n % SYMBOLS.length] as string,
  quantity: 100 + (n % 7) * 50,
  sentAt: OPENING + n * 10,
})

/** What happens to order number `n`: the same at every run. */
export function happenings(n: number): Happening[] {
  const { quantity, sentAt } = orderOf(n)
  const ack = { trigger: 'exchange_ack', id: 'ack', time: sentAt + 40 }
  const report = (id: string, filled: number | null) => ({ trigger: 'execution_report', id, payload: { filled } })
  switch (n % 10) {
    case 0: // No answer from the exchange: it times out, and the answer comes too late.
      return [{ now: sentAt + 5000 }, ack]
    case 1: // Filled in part, and no more.
      return [ack, report('fill-1', quantity / 2)]
    case 2: // A report that makes no sense: the guard throws, which leads to the fallback.
      return [ack, report('fill-1', null)]
    default: // A report before its time, one in part, and the last one.
      return [report('early', quantity), ack, report('fill-1', quantity / 2), report('fill-2', quantity)]
  }
}

/** How an order must end, whatever happened to the process: computed with `process` alone, without a store. */
export function expected(n: number, { fsm }: ReturnType<typeof orderMachine>) {
  const { status, ...rest } = orderOf(n)
  const context: Context = rest
  const keys: string[] = []
  let state: string = status
  for (const one of happenings(n)) {
    const { result, id } =
      'now' in one ? timeout(state, one.now) : { result: fsm.process(state, one, context), id: one.id }
    if (!result?.success || result.targetState === null) continue
    keys.push(...idempotencyKeys(`order:${n}`, id as string, result.allActions))
    state = result.targetState
  }
  return { state, keys }

  function timeout(from: string, now: number): { result: TransitionResult | null; id: string } {
    return { result: checkTimeout(fsm, from, rest.sentAt, now).result, id: `_timeout@${rest.sentAt}` }
  }
}
