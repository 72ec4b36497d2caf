import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { createServer } from 'vite'
import { played } from './board.ts'

// `npm run demo`, as a newcomer starts it: nothing is built, so styles come as they were written.
test('in development the map has the colours of its theme', async ({ page }) => {
  const configFile = fileURLToPath(new URL('../../demo/vite.config.ts', import.meta.url))
  const server = await createServer({ configFile, logLevel: 'error', server: { host: '127.0.0.1', port: 0 } })
  try {
    await server.listen()
    const land = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.side canvas')
        const { width = 0, height = 0 } = canvas ?? {}
        return canvas
          ?.getContext('2d')
          ?.getImageData(width / 2, height / 2, 1, 1)
          .data.join()
      })
    for (const [colorScheme, colour] of [
      ['light', '220,216,204,255'],
      ['dark', '31,35,40,255'],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto(`${server.resolvedUrls?.local[0]}?at=12:40&paused&place=page`)
      await played(page, '12:40')
      await expect.poll(land).toBe(colour)
    }
  } finally {
    await server.close()
  }
})
