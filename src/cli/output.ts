/** Where a command writes. */
export interface Output {
  out(text: string): void
  err(text: string): void
}

// Control characters and what turns text around: what a file names must not drive the terminal it is shown on.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text from a file, made safe to show: escapes instead of characters that would act on the terminal. */
export const safe = (text: string): string =>
  text.replace(UNSAFE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
