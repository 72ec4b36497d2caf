import { becomes, expect, played, saved, test } from './board.ts'

declare global {
  /** Draws a frame so many milliseconds after the last one. */
  var draw: (after: number) => void
  /** Writes that this page made to its databases, and no worker of it. */
  var written: number
}

test('the meter shows the frames that were drawn', async ({ page, address }) => {
  // Frames and their times are the test's: no frame comes of itself, and no time passes.
  await page.addInitScript(() => {
    const waiting = new Map<number, FrameRequestCallback>()
    let [now, last] = [0, 0]
    performance.now = () => now
    globalThis.requestAnimationFrame = (callback) => {
      waiting.set(++last, callback)
      return last
    }
    globalThis.cancelAnimationFrame = (handle) => void waiting.delete(handle)
    globalThis.draw = (after) => {
      now += after
      const due = [...waiting.values()]
      waiting.clear()
      for (const callback of due) callback(now)
    }
  })
  await page.goto(`${address}?at=12:40&speed=1&place=page`)
  await becomes(page, 'owner')
  const draw = (count: number, after: number) =>
    page.evaluate(
      ([count = 0, after = 0]) => {
        for (let i = 0; i < count; i++) globalThis.draw(after)
      },
      [count, after],
    )
  const meter = page.locator('[data-meter=fps]')
  await expect(meter).toHaveText('0')
  // The second in which the board was opened.
  await draw(20, 50)
  await draw(20, 50)
  await expect(meter).toHaveText('20')
  await draw(24, 40)
  await expect(meter).toHaveText('20')
  await draw(1, 40)
  await expect(meter).toHaveText('25')
  // Uneven ones count like any other, and what is more than a second is shared out.
  await draw(10, 20)
  await draw(1, 800)
  await expect(meter).toHaveText('11')
  await draw(1, 2000)
  await expect(meter).toHaveText('1')
  // Nobody looked: nothing to be said.
  await draw(1, 6000)
  await draw(49, 20)
  await expect(meter).toHaveText('1')
  await draw(1, 20)
  await expect(meter).toHaveText('50')
})

test('unless asked otherwise the simulation runs in a worker, and the page stores nothing; switched off it does', async ({
  page,
  address,
}) => {
  await page.addInitScript(() => {
    const { put } = IDBObjectStore.prototype
    globalThis.written = 0
    IDBObjectStore.prototype.put = function (...args) {
      globalThis.written++
      return put.apply(this, args)
    }
  })
  const minutesLater = async (time: string) => {
    await page.getByRole('button', { name: '+10 min' }).click()
    await played(page, time)
    await saved(page)
  }
  await page.goto(`${address}?at=12:40&paused`)
  await played(page, '12:40')
  await minutesLater('12:50')
  const simulation = page.getByRole('switch', { name: 'Simulation in a worker' })
  await expect(simulation).toBeChecked()
  const names = page.workers().map((worker) => worker.evaluate(() => (globalThis as unknown as { name: string }).name))
  expect(await Promise.all(names)).toEqual(['flight-board 760 100x paused'])
  expect(await page.evaluate(() => globalThis.written)).toBe(0)

  await simulation.click()
  // A click alone unchecks it; this is said by the board that has taken the other's place.
  await expect(simulation).toHaveAttribute('aria-checked', 'false')
  await minutesLater('13:00')
  expect(page.workers()).toEqual([])
  expect(await page.evaluate(() => globalThis.written)).toBeGreaterThan(0)
})
