import { defineErrors } from '../core/error.ts'

export const errors = /* @__PURE__ */ defineErrors({
  CLI_USAGE: {
    why: ({ problem }: { problem: string }) => problem,
    fix: 'See escapement --help.',
  },
  CLI_FILE: {
    why: ({ file, reason }: { file: string; reason: string }) => `Cannot read ${file}: ${reason}.`,
  },
  CLI_EVENT: {
    why: ({ file, line, reason }: { file: string; line: number; reason: string }) => `${file}:${line}:1 ${reason}`,
  },
})
