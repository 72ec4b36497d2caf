// Before the first browser test: a Chromium that starts, found or installed.
import { ensureChromium, thisMachine } from './chromium.ts'

try {
  ensureChromium(thisMachine(), (line) => console.log(line))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
