// 64 characters, so that 6 random bits are one character and no value is favoured.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const LENGTH = 16

interface Platform {
  crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
}

// A pool, because one call of getRandomValues costs more than filling it whole.
let pool: Uint8Array | undefined
let used = 0

/**
 * A random id of 16 URL-safe characters (96 bits). `crypto.randomUUID` is missing on plain-http pages;
 * `getRandomValues` is not.
 */
export function randomId(): string {
  if (pool === undefined || used + LENGTH > pool.length) {
    pool = (globalThis as unknown as Platform).crypto.getRandomValues(new Uint8Array(LENGTH * 64))
    used = 0
  }
  let id = ''
  for (const end = used + LENGTH; used < end; used++) id += ALPHABET[(pool[used] as number) & 63]
  return id
}
