import { defineErrors } from '../../error.ts'

export const errors = /* @__PURE__ */ defineErrors({
  FSM_NO_ENTITY: {
    why: ({ model, id }: { model: string; id: string | undefined }) =>
      id === undefined ? `"${model}" is a collection: no id was given.` : `"${model}" has no row "${id}".`,
    fix: 'Give the id of a row that exists.',
  },
  FSM_NO_FIELD: {
    why: ({ model, field }: { model: string; field: string }) =>
      `"${model}" has no field "${field}" with a text in it.`,
    fix: 'Name the field that holds the state.',
  },
})
