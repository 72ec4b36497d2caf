import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openStore, type Store } from 'escapement'
import { Audit, applyEvent, applyTimeout, Outbox, resumeActions } from 'escapement/fsm/store'
import { fileStorage, StorageLockedError } from 'escapement/storage/file'
import { expected, type Happening, happenings, Orders, orderOf } from './book.ts'
import { orderMachine } from './machine.ts'
import { Receiver } from './receiver.ts'

const HELP = `Drives orders through the machine of examples/fsm/order.yaml: load, decide, commit, act.
Kill it at any moment, and start it again: every order ends in the same state, and every action is applied once.

  npx tsx examples/orders.ts [options]

  --orders N        how many orders (default 10000)
  --dir DIRECTORY   where they are kept (default .data/orders)
  --parallel N      how many orders at the same time (default 256)
  --help            shows this

Exit codes: 0 done and as it must be, 1 an error, 2 a wrong option, 3 another process has the directory,
130 stopped by Ctrl-C.
`

interface Screen {
  write(text: string): unknown
  readonly isTTY?: boolean
}

interface Options {
  orders: number
  parallel: number
  dir: string
}

class UsageError extends Error {}

/** Runs the program; answers its exit code. `stop` is aborted, with the exit code, when the user wants to end it. */
export async function main(args: string[], out: Screen, err: Screen, stop: AbortSignal): Promise<number> {
  try {
    const options = parse(args)
    if (!options) {
      out.write(HELP)
      return 0
    }
    const store = await openStore({ storage: fileStorage(join(options.dir, 'store')), state: [Orders, Audit, Outbox] })
    const receiver = new Receiver(join(options.dir, 'receiver.jsonl'))
    try {
      return await run(store, receiver, options, out, stop)
    } finally {
      await store.close()
      receiver.close()
    }
  } catch (error) {
    if (stop.aborted && error === stop.reason) return stop.reason
    err.write(`${(error as Error).message}\n`)
    return error instanceof UsageError ? 2 : error instanceof StorageLockedError ? 3 : 1
  }
}

function parse(args: string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        orders: { type: 'string', default: '10000' },
        parallel: { type: 'string', default: '256' },
        dir: { type: 'string', default: '.data/orders' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) return undefined
    return { dir: values.dir, orders: count('orders', values.orders), parallel: count('parallel', values.parallel) }
  } catch (error) {
    throw new UsageError(`${(error as Error).message} See --help.`)
  }
}

function count(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000) {
    throw new Error(`--${name} must be a whole number from 1 to 1000000, not "${text}".`)
  }
  return number
}

async function run(
  store: Store,
  receiver: Receiver,
  options: Options,
  out: Screen,
  stop: AbortSignal,
): Promise<number> {
  const machine = orderMachine(receiver)
  const left = store.get(Outbox).size
  if (left > 0) {
    out.write(`Going on with the actions of ${left} events that the last run left.\n`)
    await resumeActions(store, machine.executor, {
      machines: [{ model: Orders, field: 'status', fsm: machine.fsm }],
      signal: stop,
    })
  }
  send(store, options.orders)
  const done = await drive(store, machine, options, out, stop)
  if (done < options.orders) {
    out.write(`Stopped after ${done} orders; start again to go on.\n`)
    return stop.reason as number
  }
  return compare(store, receiver, machine, options, out)
}

/** Adds the orders that are not there yet, a few hundred in one commit. */
function send(store: Store, orders: number): void {
  const all = store.get(Orders)
  for (let from = 0; from < orders; from += 500) {
    store.transaction(() => {
      for (let n = from; n < Math.min(from + 500, orders); n++) if (!all.has(String(n))) all.add(orderOf(n), String(n))
    })
  }
}

/** Lets everything happen to every order; many orders at once, the events of one in turn. Answers how many are done. */
async function drive(
  store: Store,
  { fsm, executor }: ReturnType<typeof orderMachine>,
  { orders, parallel }: Options,
  out: Screen,
  stop: AbortSignal,
): Promise<number> {
  let next = 0
  let done = 0
  const happen = async (n: number, one: Happening) => {
    const place = { store, model: Orders, id: String(n), field: 'status', fsm, executor } as const
    const { status: _, sentAt, ...context } = store.get(Orders).get(String(n))!.toJSON()
    if ('now' in one) await applyTimeout({ ...place, context, enteredAt: sentAt, now: one.now })
    // What was applied by an earlier run is recognised by its id, and does nothing.
    else await applyEvent({ ...place, context, event: one })
  }
  const worker = async () => {
    while (next < orders && !stop.aborted) {
      const n = next++
      for (const one of happenings(n)) await happen(n, one)
      done++
      if (done % Math.ceil(orders / 100) === 0)
        out.write(`${out.isTTY ? '\r' : ''}${done} of ${orders} orders${out.isTTY ? ' ' : '\n'}`)
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  if (out.isTTY) out.write('\n')
  return done
}

/** Compares what there is with what must be. */
function compare(
  store: Store,
  receiver: Receiver,
  machine: ReturnType<typeof orderMachine>,
  { orders }: Options,
  out: Screen,
): number {
  const states = new Map<string, number>()
  const keys = new Set<string>()
  let wrong = 0
  for (let n = 0; n < orders; n++) {
    const must = expected(n, machine)
    const { status } = store.get(Orders).get(String(n))!
    states.set(status, (states.get(status) ?? 0) + 1)
    if (status !== must.state) wrong++
    for (const key of must.keys) keys.add(key)
  }
  const missing = [...keys].filter((key) => !receiver.applied.has(key)).length
  const strange = receiver.applied.size - keys.size + missing
  for (const [state, number] of [...states].sort()) out.write(`${state.padEnd(12)} ${number}\n`)
  for (const [symbol, quantity] of [...receiver.positions].sort()) out.write(`${symbol.padEnd(12)} ${quantity}\n`)
  out.write(`${receiver.applied.size} actions applied, ${receiver.repeats} repeated under their key\n`)
  const left = store.get(Outbox).size
  if (wrong + missing + strange + left === 0) {
    out.write('Every order is where it must be, and every action was applied exactly once.\n')
    return 0
  }
  out.write(
    `${wrong} orders are elsewhere, ${missing} actions are missing, ${strange} are too many, ${left} are left.\n`,
  )
  return 1
}
