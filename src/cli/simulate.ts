import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { checkTimeout, createGuards, type Fsm } from '../core/fsm/index.ts'
import { errors } from './errors.ts'
import { type Output, safe } from './output.ts'

/** One line of a recording. */
interface Recorded {
  entity: string
  trigger: string
  payload: object
  context: object
  /** Milliseconds; undefined: the recording does not say. */
  time: number | undefined
}

interface Entity {
  state: string
  enteredAt: number | undefined
  steps: string[]
  refused: number
}

// An entity that times out into itself twice a second would else be followed through every half second of a year.
const MOST_TIMEOUTS = 1000

/** Runs a recording and writes the path of each entity, in the order in which they first appear. */
export async function simulate(definition: Fsm, file: string, output: Output): Promise<void> {
  const fsm = definition.bind({ guards: byName(definition) })
  const entities = new Map<string, Entity>()
  let events = 0
  for await (const event of read(file)) {
    events++
    const entity = entities.get(event.entity) ?? {
      state: fsm.initialState,
      enteredAt: event.time,
      steps: [],
      refused: 0,
    }
    entities.set(event.entity, entity)
    if (event.time !== undefined) letTimePass(fsm, entity, event.time)
    apply(fsm, entity, event)
  }
  let refused = 0
  for (const [name, { steps, ...entity }] of entities) {
    output.out(safe(`${name}: ${[fsm.initialState, ...steps].join(' ')}\n`))
    refused += entity.refused
  }
  output.out(`${entities.size} entities, ${events} events, ${refused} refused\n`)
}

/** Each guard is what the context holds under its name. */
function byName(fsm: Fsm) {
  const guards = createGuards()
  for (const name of new Set(fsm.transitions.flatMap((one) => one.guards))) {
    guards.register(name, (context) => Object.hasOwn(context, name) && Boolean(context[name]))
  }
  return guards
}

function letTimePass(fsm: Fsm, entity: Entity, now: number): void {
  for (let fired = 0; fired < MOST_TIMEOUTS; fired++) {
    entity.enteredAt ??= now
    const { result } = checkTimeout(fsm, entity.state, entity.enteredAt, now)
    const { timeout } = fsm.state(entity.state)
    if (!result?.targetState || !timeout) return
    entity.steps.push(`--(after ${timeout.seconds} s)--> ${result.targetState}`)
    entity.state = result.targetState
    entity.enteredAt += timeout.seconds * 1000
  }
}

function apply(fsm: Fsm, entity: Entity, { trigger, payload, context, time }: Recorded): void {
  const result = fsm.process(entity.state, { trigger, payload }, { ...context })
  if (!result.success || result.targetState === null) {
    entity.refused++
    entity.steps.push(`--${trigger}--x (${result.error?.name})`)
  } else if (result.noOp) {
    entity.steps.push(`--${trigger}--o`)
  } else {
    entity.steps.push(`--${trigger}--> ${result.targetState}`)
    entity.state = result.targetState
    entity.enteredAt = time
  }
}

async function* read(file: string): AsyncGenerator<Recorded> {
  const stream = createReadStream(file)
  let line = 0
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++
      if (text.trim() !== '') yield recorded(text, file, line)
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw errors.CLI_FILE({ file, reason: 'there is no such file' }, cause)
    if (code === 'EISDIR') throw errors.CLI_FILE({ file, reason: 'it is a directory' }, cause)
    throw cause
  } finally {
    stream.destroy()
  }
}

function recorded(text: string, file: string, line: number): Recorded {
  const refuse = (reason: string, cause?: unknown) => errors.CLI_EVENT({ file, line, reason }, cause)
  let value: Record<string, unknown>
  try {
    value = Object(JSON.parse(text))
  } catch (cause) {
    throw refuse('is not JSON', cause)
  }
  const { entity, trigger, payload = {}, context = {}, time } = value
  if (typeof entity !== 'string') throw refuse('has no text "entity"')
  if (typeof trigger !== 'string') throw refuse('has no text "trigger"')
  if (typeof payload !== 'object' || typeof context !== 'object')
    throw refuse('"payload" and "context" must be objects')
  const at = typeof time === 'string' ? Date.parse(time) : time
  if (at !== undefined && !Number.isFinite(at)) throw refuse('"time" must be milliseconds, or a date')
  return { entity, trigger, payload: Object(payload), context: Object(context), time: at as number | undefined }
}
