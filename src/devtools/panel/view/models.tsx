import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Held } from '../../protocol/frames.ts'
import type { Preview } from '../../protocol/preview.ts'
import type { RunTrace } from '../trace/run-trace.ts'
import type { FieldChange, StoreTrace } from '../trace/store-trace.ts'
import type { App } from '../ui/app.ts'
import { count, inline, plural, timeOfDay } from '../ui/format.ts'
import { Badge, Empty, RowLink, Value } from './parts.tsx'
import { VirtualList } from './virtual-list.tsx'

interface Entity {
  readonly store: StoreTrace
  readonly held: Held | undefined
  readonly key: string
}

/** Models and rows of collections: their fields at the moment, and what changed them. */
export function Models({ app }: { app: App }) {
  app.version.value
  const picked = useSignal<string | undefined>(undefined)
  const run = app.machine.value?.run ?? app.target()?.newest
  const stores = run ? storesOf(app, run) : []
  const entities = stores
    .flatMap(entitiesOf)
    .filter(({ key }) => app.filter.value.words.every((word) => key.toLowerCase().includes(word)))
  if (!stores.length) {
    return <Empty title="No store in this target.">Stores made by createStore or openStore appear here.</Empty>
  }
  const name = ({ store, key }: Entity) => `${store.index}\n${key}`
  const at = Math.max(
    0,
    entities.findIndex((one) => name(one) === picked.value),
  )
  const entity = entities[at]
  return (
    <div class="models">
      <div class="models-list">
        <VirtualList
          id="entities"
          label="Models"
          role="listbox"
          count={entities.length}
          active={entity ? at : -1}
          onActive={(index) => {
            picked.value = name(entities[index]!)
          }}
          empty={<Empty title={app.filter.value.words.length ? 'No model matches the filter.' : 'No models.'} />}
        >
          {(index) => {
            const { store, key } = entities[index]!
            return (
              <span class="entity">
                <span class="name">{key.replace(/^model\//, '')}</span>
                {stores.length > 1 && <span class="dim">{store.name}</span>}
              </span>
            )
          }}
        </VirtualList>
      </div>
      {entity && <EntityView key={name(entity)} app={app} entity={entity} />}
    </div>
  )
}

/** The stores of a run that said what they hold. */
const storesOf = (app: App, run: RunTrace): StoreTrace[] =>
  app.trace.stores.filter((store) => store.run === run && store.name !== '')

function entitiesOf(store: StoreTrace): Entity[] {
  const models = store.holds.filter(({ kind }) => kind === 'model')
  const single = models.filter(({ many }) => !many).map((held) => ({ store, held, key: held.key }))
  const rows = [...store.entities.keys()].filter((key) => !single.some((one) => one.key === key))
  const heldOf = (key: string) => models.find((one) => one.many && key.startsWith(`${one.key}/`))
  return [...single, ...rows.map((key) => ({ store, held: heldOf(key), key }))]
}

function EntityView({ app, entity }: { app: App; entity: Entity }) {
  const { store, held, key } = entity
  const moment = app.moment.value
  const at = moment === undefined ? undefined : store.seqAt(moment)
  const told = [...(store.entities.get(key)?.keys() ?? [])].filter((field) => field !== null)
  const fields = [...new Set([...(held?.fields ?? []), ...(held?.computed ?? []), ...told])]
  const values = fields.map((field) => ({ field, value: store.valueAt(key, field, at) }))
  useAsked(
    app,
    entity,
    values.filter(({ value }) => !value.known && value.askable).map(({ field }) => field),
  )
  const changes = changesOf(app, store, key)
  const last =
    moment === undefined
      ? changes.length - 1
      : changes.findLastIndex((one) => app.trace.rows.compare(one.row, moment) <= 0)
  return (
    <div class="entity-view">
      <header class="machine-head">
        <h2>{key.replace(/^model\//, '')}</h2>
        <span class="dim">{store.name}</span>
        <span class="spread" />
        <span class="num dim">commit {count(at ?? store.lastSeq)}</span>
      </header>
      <div class="fields" role="table" aria-label={`Fields of ${key}`}>
        <div role="row" class="frow lhead">
          <span role="columnheader">Field</span>
          <span role="columnheader">Value at the moment</span>
          <span role="columnheader">Since</span>
        </div>
        {values.map(({ field, value }) => (
          <div role="row" class="frow" key={field}>
            <span role="rowheader" class="name">
              {field}
              {held?.computed.includes(field) && <span class="tag">computed</span>}
              {held?.redact.includes(field) && <span class="tag">redacted</span>}
            </span>
            <span role="cell" data-field={field}>
              {value.known ? (
                <Value value={value.value} />
              ) : (
                <span class="dim">{value.askable ? 'asking …' : 'unknown'}</span>
              )}
            </span>
            <span role="cell" class="num">
              {value.known && value.from !== undefined && (
                <RowLink app={app} row={value.from}>{`commit ${app.trace.rows.seq[value.from]}`}</RowLink>
              )}
            </span>
          </div>
        ))}
      </div>
      <div class="changes">
        <h3>{plural(changes.length, 'change')}</h3>
        <VirtualList
          id="changes"
          label={`Changes of ${key}, oldest first`}
          role="grid"
          columns={4}
          count={changes.length}
          active={last}
          tail={moment === undefined}
          onActive={(index) => app.jump(changes[index]!.row)}
          empty={<Empty title="No changes yet." />}
        >
          {(index) => <ChangeRow app={app} change={changes[index]!} />}
        </VirtualList>
      </div>
    </div>
  )
}

function ChangeRow({ app, change }: { app: App; change: FieldChange & { readonly field: string | null } }) {
  const came = change.field === null && isAbsent(change.before)
  return (
    <div class="crow" role="presentation">
      <span role="gridcell" class="num">
        {timeOfDay(app.trace.rows.time[change.row]!)}
      </span>
      <span role="gridcell" class="num">
        {count(app.trace.rows.seq[change.row]!)}
      </span>
      <span role="gridcell" class="name">
        {change.field ?? <Badge kind={came ? 'good' : 'plain'}>{came ? 'came' : 'went'}</Badge>}
      </span>
      <span role="gridcell" class="value">
        {change.field === null
          ? inline(came ? change.after : change.before)
          : `${inline(change.before, 40)} → ${inline(change.after, 40)}`}
      </span>
    </div>
  )
}
const isAbsent = (value: Preview) => typeof value === 'object' && value !== null && value.$ === 'undefined'

/** All changes of an entity, in order of their commits. */
function changesOf(app: App, store: StoreTrace, key: string) {
  const lists = [...(store.entities.get(key) ?? [])].map(([field, list]) => list.map((one) => ({ ...one, field })))
  return lists.flat().sort((a, b) => app.trace.rows.seq[a.row]! - app.trace.rows.seq[b.row]!)
}

/** Asks the live store for fields whose value nothing told. Each once, until it is known otherwise. */
function useAsked(app: App, { store, key }: Entity, fields: readonly string[]): void {
  const wanted = fields.join('\n')
  useEffect(() => {
    for (const field of wanted ? wanted.split('\n') : []) {
      void app.ask(store.run, { k: 'value', s: store.s, key, path: [field] }).then((reply) => {
        if (reply?.k !== 'value') return
        store.asked.set(`${key}\n${field}`, { seq: reply.seq, value: reply.value })
        app.version.value++
      })
    }
  }, [wanted, key])
}
