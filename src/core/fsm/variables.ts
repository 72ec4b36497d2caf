import type { Path, Report } from './shape.ts'

/** Values by name; `process.env` is one. */
export type Variables = Readonly<Record<string, string | undefined>>

// The length bound keeps an endless row of openings from being searched to its end each time.
const REFERENCE = /\$\{([A-Za-z_]\w*)(?::([-?])([^}]{0,1000}))?\}/g

/**
 * Answers the function that fills `${NAME}`, `${NAME:-default}` and `${NAME:?message}` in one string. As in a shell, the
 * forms with a colon take an empty value for a missing one. What was filled in is not looked at again.
 */
export function filler(variables: Variables, report: Report) {
  return (text: string, path: Path): string =>
    text.replace(REFERENCE, (whole, name: string, form: string | undefined, rest: string) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined
      if (form ? value : value !== undefined) return value as string
      if (form === '-') return rest
      report('variable', path, form && rest ? `${name}: ${rest}` : `variable ${name} is not given`)
      return whole
    })
}
