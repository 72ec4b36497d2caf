// Replays 20,000 real flights into a durable store that may be killed at any moment: `npm start -- --help`.

import process from 'node:process'

const stop = new AbortController()
// The first signal ends the replay after the batch under way. The second finds no listener, and ends the process.
process.once('SIGINT', () => stop.abort(130))
process.once('SIGTERM', () => stop.abort(143))
// Whoever read the output has gone: `npm start | head`.
process.stdout.on('error', () => stop.abort(141))

try {
  const { main } = await import('./replay/main.ts')
  const { stdout, stderr } = process
  process.exitCode = await main(process.argv.slice(2), {
    stdout,
    stderr,
    now: () => performance.now(),
    stop: stop.signal,
  })
} catch (error) {
  // The example imports the package by its published name, so there must be something in dist.
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  process.stderr.write(`${(error as Error).message}\nRun \`npm install && npm run build\` first.\n`)
  process.exitCode = 1
}
