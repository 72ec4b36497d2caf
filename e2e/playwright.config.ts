import { defineConfig } from '@playwright/test'
import { findChromium, flags, thisMachine } from './chromium.ts'

// Once: the workers, which load this file again, are told by the environment.
process.env.CHROMIUM_PATH ??= findChromium(thisMachine())?.path
if (!process.env.CHROMIUM_PATH) throw new Error('No Chromium. `npm run e2e` finds or installs one.')

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results',
  // A test that fails now and then is a defect, of the test or of what it tests.
  retries: 0,
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  reporter: 'list',
  timeout: 120_000,
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: process.env.CHROMIUM_PATH, args: [...flags] },
    trace: 'off',
    video: 'off',
    screenshot: 'off',
    serviceWorkers: 'allow',
  },
})
