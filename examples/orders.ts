// Drives 10,000 orders through the machine of fsm/order.yaml, on disk, and may be killed at any moment:
// `npx tsx examples/orders.ts --help`.

import process from 'node:process'

const stop = new AbortController()
// The first signal ends the run after the events under way. The second finds no listener, and ends the process.
process.once('SIGINT', () => stop.abort(130))
process.once('SIGTERM', () => stop.abort(143))
// Whoever read the output has gone.
process.stdout.on('error', () => stop.abort(141))

try {
  const { main } = await import('./orders/main.ts')
  process.exitCode = await main(process.argv.slice(2), process.stdout, process.stderr, stop.signal)
} catch (error) {
  // The example imports the package by its published name, so there must be something in dist.
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  process.stderr.write(`${(error as Error).message}\nRun \`npm install && npm run build\` first.\n`)
  process.exitCode = 1
}
