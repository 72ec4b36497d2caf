import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { randomId } from '../../../core/ports/ids.ts'
import { errnoOf } from './file-system.ts'

/** What is known of a process from outside: it is gone, or it runs, since then if the platform tells. */
export type Life = { readonly gone: true } | { readonly gone: false; readonly start: string | undefined }

/** What ownership needs to know of the machine. Passed in, so that tests can be on two machines, or reboot one. */
export interface Platform {
  now(): number
  /** Calls `run` every `ms` milliseconds, without keeping the process alive for it. Returns a function that ends it. */
  every(ms: number, run: () => void): () => void
  readonly host: string
  readonly pid: number
  /** Changes with each boot. Linux tells. */
  readonly boot: string | undefined
  /** Processes see each other's ids within one. Linux tells; macOS and Windows have one for all. */
  readonly namespace: string | undefined
  life(pid: number): Life
  token(): string
}

/** This process on this machine. */
export function nodePlatform(): Platform {
  const isLinux = process.platform === 'linux'
  return {
    now: () => Date.now(),
    every(ms, run) {
      const timer = setInterval(run, ms).unref()
      return () => clearInterval(timer)
    },
    host: hostname(),
    pid: process.pid,
    boot: tell(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: isLinux ? tell(() => readlinkSync('/proc/self/ns/pid')) : process.platform,
    life: lifeOf,
    token: randomId,
  }
}

function lifeOf(pid: number): Life {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return { gone: true }
  }
  // `pid (name) state …`: the name may hold spaces and parentheses, so count from the last one. A killed process that
  // its parent has not asked about is a zombie (Z): it answers signals, and holds nothing.
  const fields = tell(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
    ?.replace(/^.*\) /s, '')
    .split(' ')
  return fields && 'ZXx'.includes(fields[0] as string) ? { gone: true } : { gone: false, start: fields?.[19] }
}

function tell(fact: () => string): string | undefined {
  try {
    return fact()
  } catch {
    return undefined
  }
}
