import * as v from 'valibot'
import { collection } from '../../model/collection.ts'
import { defineModel } from '../../model/define-model.ts'

const text = /* @__PURE__ */ v.string()
const texts = /* @__PURE__ */ v.array(text)

const AuditRow = /* @__PURE__ */ defineModel(
  'fsm-audit',
  {
    entity: text,
    eventId: text,
    trigger: text,
    /** Where the event came from, as it said itself. */
    source: /* @__PURE__ */ v.nullable(text),
    /** Milliseconds since the epoch: the event's own, or else when it was decided. */
    time: /* @__PURE__ */ v.number(),
    from: text,
    /** Null: refused. */
    to: /* @__PURE__ */ v.nullable(text),
    noOp: /* @__PURE__ */ v.boolean(),
    fallback: /* @__PURE__ */ v.boolean(),
    /** The name of the error: why it was refused, or fell back. */
    error: /* @__PURE__ */ v.nullable(text),
    actions: texts,
    /** The actions that failed at every try. */
    failed: texts,
  },
  {
    initial: {
      entity: '',
      eventId: '',
      trigger: '',
      source: null,
      time: 0,
      from: '',
      to: null,
      noOp: false,
      fallback: false,
      error: null,
      actions: [],
      failed: [],
    },
  },
)

/**
 * What was decided, one row for each event of each entity, never changed but to add the actions that failed. The id is
 * `entity/event`: the same event again is recognised by it.
 */
export const Audit = /* @__PURE__ */ collection(AuditRow, { index: { byEntity: (row) => row.entity } })

const OutboxRow = /* @__PURE__ */ defineModel(
  'fsm-outbox',
  {
    entity: text,
    eventId: text,
    actions: texts,
    /** What the actions get: the context, with the event's payload over it. */
    context: /* @__PURE__ */ v.record(text, /* @__PURE__ */ v.unknown()),
    /** Where the entity goes when an action keeps failing. */
    fallback: /* @__PURE__ */ v.nullable(text),
    /** Further tries of each action. */
    retry: /* @__PURE__ */ v.number(),
  },
  { initial: { entity: '', eventId: '', actions: [], context: {}, fallback: null, retry: 0 } },
)

/** Committed results whose actions have not all run yet, in the order of their commits. */
export const Outbox = /* @__PURE__ */ collection(OutboxRow, { index: { byEntity: (row) => row.entity } })
