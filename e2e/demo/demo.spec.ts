import { becomes, expect, flightOf, open, played, saved, tally, test } from './board.ts'

// At 12:40 the gate of E0801 (Boston to St Louis, 65 minutes late) is open; E0900 only has its check-in.
const late = 'E0801'

test('the board: 2,000 flights, of which only those in sight exist', async ({ page, address }) => {
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !/^(blob|data):/.test(request.url())) elsewhere.push(request.url())
  })
  await open(page, address)
  await page.getByRole('radio', { name: /^All/ }).check()
  const grid = page.getByRole('grid', { name: 'Flights' })
  await expect(grid).toHaveAttribute('aria-rowcount', '2001')
  expect(await grid.getByRole('row').count()).toBeLessThan(60)
  await grid.locator('.rows').evaluate((rows) => rows.scrollTo(0, rows.scrollHeight))
  await expect(grid.locator('[aria-rowindex="2001"]')).toBeInViewport()
  await page.getByRole('searchbox').fill('boston st louis')
  await expect(grid.locator(`[data-flight=${late}]`)).toContainText('St Louis')
  await expect(grid.locator(`[data-flight=${late}]`)).toContainText('Gate open')
  expect(elsewhere).toEqual([])
})

test('a day: every flight ends, and what the airports counted is what the machines say', async ({ page, address }) => {
  await open(page, address)
  expect(await tally(page).then(({ machines, airports }) => [machines, airports])).toEqual([
    await tally(page).then(({ airports }) => airports),
    await tally(page).then(({ machines }) => machines),
  ])
  for (let i = 0; i < 30; i++) await page.getByRole('button', { name: '+1 h' }).click()
  await expect(page.getByRole('radio', { name: 'To depart 0' })).toBeVisible()
  await expect(page.getByRole('radio', { name: 'Under way 0' })).toBeVisible()
  const { machines, airports } = await tally(page)
  expect(machines.departures + machines.cancelled).toBe(2000)
  expect(machines.arrivals).toBe(machines.departures)
  expect(machines.cancelled).toBeGreaterThan(0)
  expect(airports).toEqual(machines)
  await page.getByRole('button', { name: 'Begin the day again' }).click()
  await played(page, '04:00')
  expect(await tally(page)).toMatchObject({ machines: { departures: 0 }, airports: { departures: 0 } })
})

test('edit: what does not fit is said beside its field, and nothing is changed', async ({ page, address }) => {
  await open(page, address, { hash: `#/flight/${late}` })
  const [gate, delay, note] = [page.getByLabel('Gate'), page.getByLabel('Delay'), page.getByLabel('Note')]
  const before = await flightOf(page, late)

  await gate.fill('13th')
  await expect(gate).toHaveAttribute('aria-invalid', 'true')
  await expect(gate).toHaveAccessibleDescription(/A gate is a letter from A to H and a number/)
  await delay.fill('soon')
  await expect(delay).toHaveAccessibleDescription(/whole minutes/)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(gate).toBeFocused()
  expect(await flightOf(page, late)).toEqual(before)

  // A rule across fields: the store's, when one saves.
  await gate.fill('b7')
  await delay.fill('200')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(
    page.getByRole('alert').filter({ hasText: 'A delay of more than three hours needs a note' }),
  ).toBeVisible()
  expect(await flightOf(page, late)).toEqual(before)

  await note.fill('Waiting for the crew')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible()
  expect(await flightOf(page, late)).toMatchObject({ gate: 'B7', delay: 200, note: 'Waiting for the crew' })
  await expect(page.locator(`.rows [data-flight=${late}]`)).toContainText('B7')

  await saved(page)
  await page.reload()
  await played(page, '12:40')
  await expect(page.getByLabel('Note')).toHaveValue('Waiting for the crew')
  expect(await flightOf(page, late)).toMatchObject({ gate: 'B7', delay: 200, note: 'Waiting for the crew' })
})

test('what is refused says why', async ({ page, address }) => {
  await open(page, address, { hash: `#/flight/${late}` })
  const machine = page.locator('.machine')
  const alert = machine.getByRole('alert')
  await machine.getByRole('button', { name: 'Close gate' }).click()
  // A hint beforehand, and the answer to who asks all the same.
  const boarding = machine.getByRole('button', { name: 'Start boarding' })
  await expect(boarding).toHaveAccessibleDescription('Boarding needs a Gate')
  await boarding.click()
  await expect(alert).toHaveText('Boarding needs a Gate')
  await machine.getByRole('button', { name: 'Depart', exact: true }).click()
  await expect(alert).toHaveText('Departure needs Boarding: nobody is on board yet')

  // A rule that asks a model.
  await page.getByLabel('Gate').fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await machine.getByRole('button', { name: 'Open gate' }).click()
  await expect(alert).toContainText('Opening the gate needs a gate number')

  await page.getByLabel('Gate').fill('C3')
  await page.getByRole('button', { name: 'Save' }).click()
  for (const name of ['Open gate', 'Start boarding', 'Depart']) {
    await machine.getByRole('button', { name, exact: true }).click()
    await expect(alert).toHaveText('')
  }
  await machine.getByRole('button', { name: 'Cancel the flight' }).click()
  await expect(alert).toHaveText('Cancelled is ruled out by a departure')
  const { machines, airports } = await tally(page)
  expect(airports).toEqual(machines)
})

test('reload: everything is as it was', async ({ page, address }) => {
  await open(page, address)
  await page.getByRole('button', { name: '+10 min' }).click()
  await played(page, '12:50')
  await saved(page)
  const before = await tally(page)
  const counts = await page.locator('.filters').textContent()
  await page.reload()
  await played(page, '12:50')
  await expect(page.locator('.clock time')).toHaveText('12:50')
  await expect(page.locator('.filters')).toHaveText(counts as string)
  expect(await tally(page)).toEqual(before)
})

test('killed in the middle of writing: what was acknowledged is there, and nothing in part', async ({
  page,
  context,
  address,
}) => {
  await open(page, address)
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('1000')
  await page.getByRole('button', { name: 'Play' }).click()
  // Three fields with one number, in one commit: what a `flush` acknowledged is told at once, the rest follows.
  const acknowledged: number[] = []
  await page.exposeFunction('acknowledge', (n: number) => void acknowledged.push(n))
  const enough = new Promise<void>((resolve) => {
    const look = () => (acknowledged.length > 5 ? resolve() : setImmediate(look))
    look()
  })
  const crashed = page.waitForEvent('crash')
  void page
    .evaluate(async () => {
      const { opened } = globalThis.flightBoard
      if (!opened.value || opened.value instanceof Error) throw new Error('The board is not open')
      const { board } = opened.value
      const { acknowledge } = globalThis as unknown as { acknowledge(n: number): Promise<void> }
      for (let n = 1; ; n = (n % 99) + 1) {
        await board.edit('E1900', { gate: `A${n}`, delay: n, note: `${n}` })
        await board.flush()
        void acknowledge(n)
      }
    })
    .catch(() => {})
  await enough
  const session = await context.newCDPSession(page)
  void session.send('Page.crash').catch(() => {})
  await crashed
  const last = acknowledged.at(-1) as number

  const again = await context.newPage()
  await again.goto(`${address}?place=page`)
  await becomes(again, 'owner')
  const { gate, delay, note } = await flightOf(again, 'E1900')
  expect([last, (last % 99) + 1]).toContain(delay)
  expect([gate, note]).toEqual([`A${delay}`, `${delay}`])
  const { machines, airports } = await tally(again)
  expect(machines.departures).toBeGreaterThan(0)
  expect(airports).toEqual(machines)
})

for (const [place, where] of [
  ['page', 'the page'],
  ['worker', 'a worker'],
] as const) {
  test(`two tabs, each with its store in ${where}: one flies, both agree; when it is closed the other goes on`, async ({
    page,
    context,
    address,
  }) => {
    await open(page, address, { place, hash: `#/flight/${late}` })
    await becomes(page, 'owner')
    const other = await context.newPage()
    await other.goto(`${address}?place=${place}#/flight/${late}`)
    await becomes(other, 'mirror')
    await played(other, '12:40')

    await page.getByLabel('Note').fill('from the first')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(other.locator(`.rows [data-flight=${late}]`)).toContainText('from the first')
    await other.getByLabel('Gate').fill('H9')
    await other.getByRole('button', { name: 'Save' }).click()
    await expect(page.locator(`.rows [data-flight=${late}]`)).toContainText('H9')

    // A machine is changed in one tab alone: the other asks it, and hears its reasons.
    await other.locator('.machine').getByRole('button', { name: 'Start boarding' }).click()
    await expect(page.locator(`.rows [data-flight=${late}]`)).toContainText('Boarding')
    await expect(other.locator(`.rows [data-flight=${late}]`)).toContainText('Boarding')
    await other.locator('.machine').getByRole('button', { name: 'Land', exact: true }).click()
    await expect(other.locator('.machine').getByRole('alert')).toContainText('Landed needs a departure')

    await other.getByRole('button', { name: '+10 min' }).click()
    await played(page, '12:50')
    await played(other, '12:50')
    expect(await tally(other)).toEqual(await tally(page))

    await saved(page)
    await page.close()
    await becomes(other, 'owner')
    await other.getByRole('button', { name: '+1 h' }).click()
    await played(other, '13:50')
    await expect(other.locator('.journey-now')).toContainText('In the air')
    const { machines, airports } = await tally(other)
    expect(airports).toEqual(machines)
  })
}

test('a full disk: it says so, keeps everything, and saves it when there is room', async ({ page, address }) => {
  await open(page, address, { hash: `#/flight/${late}` })
  await page.getByRole('button', { name: 'Break it' }).click()
  await page.getByRole('button', { name: /^Full disk/ }).click()
  await page.getByRole('button', { name: 'Break it' }).click()
  await page.getByLabel('Note').fill('written on a full disk')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('[data-saving=failed]').waitFor()
  await expect(page.getByRole('alert').filter({ hasText: 'Not saved' })).toContainText('the quota is used up')
  await expect(page.locator(`.rows [data-flight=${late}]`)).toContainText('written on a full disk')

  await page.getByRole('button', { name: 'Break it' }).click()
  await page.getByRole('button', { name: /^Make room/ }).click()
  await saved(page)
  await expect(page.getByRole('alert').filter({ hasText: 'Not saved' })).toHaveCount(0)
  await page.reload()
  await played(page, '12:40')
  expect(await flightOf(page, late)).toMatchObject({ note: 'written on a full disk' })
})

test('a handler that throws: the step is taken back, the error shown, and the rest flies on', async ({
  page,
  address,
}) => {
  await open(page, address, { hash: `#/flight/${late}` })
  await page.getByRole('button', { name: 'Break it' }).click()
  await page.getByRole('button', { name: /^A handler that throws/ }).click()
  await expect(page.locator('.journey-now')).toContainText('Error')
  await expect(page.getByRole('alert').filter({ hasText: 'A handler failed' })).toContainText('does not answer')
  expect((await flightOf(page, late)).active).not.toContain('Boarding')
  // The menu does not stay before what it has done.
  await expect(page.locator('#ways')).toBeHidden()
  await page.getByRole('button', { name: '+10 min' }).click()
  await played(page, '12:50')

  await page.getByRole('button', { name: 'Clear the error' }).click()
  await page.locator('.machine').getByRole('button', { name: 'Start boarding' }).click()
  await expect(page.locator('.journey-now')).toContainText('Boarding')
})

test('bad data: refused when written, put aside when stored', async ({ page, address }) => {
  await open(page, address, { hash: `#/flight/${late}` })
  const before = await flightOf(page, late)
  await page.getByRole('button', { name: 'Break it' }).click()
  await page.getByRole('button', { name: /^Write bad data/ }).click()
  await expect(page.locator('.ways-said')).toContainText(`${late} refused: A gate is a letter`)
  expect(await flightOf(page, late)).toEqual(before)

  const reloaded = page.waitForEvent('load')
  await page.getByRole('button', { name: /^Spoil stored data/ }).click()
  await reloaded
  await expect(page.getByRole('alert').filter({ hasText: 'put aside' })).toContainText(`${late} (gate: A gate is`)
  // What the row said is lost, so it is as published; its machine is as it was.
  expect(await flightOf(page, late)).toMatchObject({ gate: before.gate, delay: 0, active: before.active })
  await page.getByRole('button', { name: 'Dismiss the message' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'put aside' })).toHaveCount(0)
})

test('offline: it opens, and goes on', async ({ page, context, address }) => {
  await open(page, address)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await context.setOffline(true)
  await page.goto(`${address}?place=page#/flight/${late}`)
  await played(page, '12:40')
  await page.getByLabel('Note').fill('written offline')
  await page.getByRole('button', { name: 'Save' }).click()
  await saved(page)
  await page.reload()
  await played(page, '12:40')
  expect(await flightOf(page, late)).toMatchObject({ note: 'written offline' })
})

test('in a worker: the same board, and nothing to tell by', async ({ page, address }) => {
  await open(page, address, { place: 'worker', hash: `#/flight/${late}` })
  await expect(page.getByRole('switch', { name: 'Simulation in a worker' })).toBeChecked()
  expect(page.workers()).toHaveLength(1)
  await becomes(page, 'owner')

  await page.getByLabel('Delay').fill('200')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'more than three hours needs a note' })).toBeVisible()
  await page.getByLabel('Note').fill('written in a worker')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.locator(`.rows [data-flight=${late}]`)).toContainText('written in a worker')
  await page.locator('.machine').getByRole('button', { name: 'Land', exact: true }).click()
  await expect(page.locator('.machine').getByRole('alert')).toHaveText('Landed needs a departure')
  await page.getByRole('button', { name: '+10 min' }).click()
  await played(page, '12:50')
  const { machines, airports } = await tally(page)
  expect(airports).toEqual(machines)

  // Back into the page, with everything.
  await page.getByRole('switch', { name: 'Simulation in a worker' }).click()
  // Said by the page's own board; the click alone unchecks it, while the worker is still there.
  await expect(page.getByRole('switch', { name: 'Simulation in a worker' })).toHaveAttribute('aria-checked', 'false')
  await played(page, '12:50')
  expect(page.workers()).toHaveLength(0)
  expect(await flightOf(page, late)).toMatchObject({ delay: 200, note: 'written in a worker' })
  expect(await tally(page)).toEqual({ machines, airports })
})

test('the worker is killed: the page says so, and another takes its place with all that was acknowledged', async ({
  page,
  address,
}) => {
  await open(page, address, { place: 'worker', hash: `#/flight/${late}` })
  await page.getByLabel('Note').fill('before the end')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.locator(`.rows [data-flight=${late}]`)).toContainText('before the end')
  await saved(page)
  await page.getByRole('button', { name: 'Break it' }).click()
  await page.getByRole('button', { name: /^Kill the worker/ }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'The worker is gone' })).toBeVisible()
  // What is asked now is not swallowed.
  await page.locator('.machine').getByRole('button', { name: 'Start boarding' }).click()
  await expect(page.locator('.machine').getByRole('alert')).toContainText('The worker is gone')
  const unhandled: unknown[] = []
  page.on('pageerror', (error) => unhandled.push(error))
  for (const name of ['+1 h', 'Play']) {
    await page.getByRole('button', { name, exact: true }).click()
    await expect(page.getByRole('status').filter({ hasText: 'nothing can be changed' })).toHaveCount(1)
  }
  expect(unhandled).toEqual([])

  await page.getByRole('button', { name: 'Start another' }).click()
  await saved(page)
  await becomes(page, 'owner')
  expect(await flightOf(page, late)).toMatchObject({ note: 'before the end' })
  await page.getByRole('button', { name: '+10 min' }).click()
  await played(page, '12:50')
})
