import { computed, signal } from '@preact/signals-core'

// signals-core does not say whether someone is tracking. But a signal read by an effect or computed that is being
// evaluated holds, for that time, an object in one of its fields. Which field is found out on first use, because its
// name is minified; if none is found, every read counts as tracked, which is right, only dearer.
const probe = /* @__PURE__ */ signal(0)
let field: string | null | undefined

/** Is the caller being evaluated by an effect or a computed? */
export function tracked(): boolean {
  const fields = probe as unknown as Record<string, unknown>
  if (field === undefined) {
    field =
      computed(() => {
        void probe.value
        return Object.keys(fields).find((key) => fields[key] && typeof fields[key] === 'object')
      }).peek() ?? null
  }
  void probe.value
  return field === null || fields[field] !== undefined
}
