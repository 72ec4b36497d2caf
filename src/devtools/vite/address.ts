import { styleText } from 'node:util'
import type { ViteDevServer } from 'vite'

/** Adds the panel's address to what Vite prints when it listens, in the same form. */
export function printAddress(server: ViteDevServer, path: string): void {
  const printUrls = server.printUrls.bind(server)
  server.printUrls = () => {
    printUrls()
    const url = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0]
    if (url !== undefined) server.config.logger.info(line(new URL(path, url).href))
  }
}

function line(url: string): string {
  const paint = process.stdout.isTTY && process.stdout.hasColors() ? styleText : (_: unknown, text: string) => text
  const address = url.replace(/:(\d+)\//, (_, port: string) => `:${paint('bold', port)}/`)
  return `  ${paint('green', '➜')}  ${paint('bold', 'Escapement')}: ${paint('cyan', address)}`
}
