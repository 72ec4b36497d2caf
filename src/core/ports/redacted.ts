/** Stands for a redacted value wherever it would leave the store. Plain data, so it survives JSON and structured clone. */
export const REDACTED: { readonly $redacted: true } = /* @__PURE__ */ Object.freeze({ $redacted: true as const })

/** Is this the marker, or a copy of it that travelled? */
export function isRedacted(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { $redacted?: unknown }).$redacted === true
}
