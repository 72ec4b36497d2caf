import type { AppPage, PanelPage } from './panel-page.ts'
import { expect, test } from './panel-page.ts'

const NAMES = {
  door: ['Open', 'Closed', 'Locked', 'Alarm', 'Opening', 'Exception'],
  session: ['Start', 'Connecting', 'Connected', 'Disconnected', 'LoggedIn', 'Message', 'Exception'],
  lamp: ['On', 'Broken', 'Exception'],
}
type Label = keyof typeof NAMES

/** What core's tracer told of some transitions, read late: an oracle that computes nothing. */
const truthOf = (app: AppPage, from = 0, to = Number.MAX_SAFE_INTEGER, every = 1) =>
  app.run(
    (lab, [a, b, step]) =>
      lab.truth
        .filter((_, i) => i >= a! && i < b! && (i - a!) % step! === 0)
        .map(({ label, seq, time }) => ({ label, seq, time: [...time] })),
    [from, to, every],
  )

/** At each of these rows Clocks, the log and the detail show what was true then. */
async function compare(panel: PanelPage, target: string, rows: Awaited<ReturnType<typeof truthOf>>) {
  for (const { label, seq, time } of rows) {
    await panel.go(`#/${target}/${label}/tx/${seq}?view=clocks`)
    const names = NAMES[label as Label]
    const expected = Object.fromEntries(names.map((name, i) => [name, String(time[i])]))
    await expect.poll(() => panel.clock(), { message: `${label} #${seq}` }).toEqual(expected)
    expect((await panel.counters()).ticks).toBe(time.reduce((sum, tick) => sum + tick, 0))
    await expect(panel.detail.getByRole('heading', { level: 2 })).toHaveText(`${label}#${seq}`)
    // Ticks in the detail: "6 → 7" is the clock before and after.
    for (const row of await panel.detail.locator('tbody tr:has(td.move)').all()) {
      const name = (await row.locator('th').textContent())!
      expect((await row.locator('td.num').textContent())!.split('→')[1]!.trim(), `${label} #${seq} ${name}`).toBe(
        String(time[names.indexOf(name)]),
      )
    }
  }
}

test('every number is that of core, read at the same moment', async ({ openApp, openPanel }) => {
  const app = await openApp()
  const panel = await openPanel()
  const target = await panel.target()
  await app.run((lab) => {
    for (let n = 0; n < 4; n++) lab.round(n)
    lab.finish()
  })
  const made = await app.run((lab) => lab.truth.length)
  await expect.poll(() => panel.rows()).toBeGreaterThanOrEqual(made)
  const now = await app.run((lab) => lab.read())
  for (const label of Object.keys(NAMES)) {
    await panel.go(`#/${target}/${label}?view=clocks`)
    const { clock, sum, queueTick, machineTick, active } = now[label]!
    expect(await panel.clock()).toEqual(Object.fromEntries(Object.entries(clock).map(([k, v]) => [k, String(v)])))
    expect(await panel.counters()).toMatchObject({ ticks: sum, queue: queueTick, restarts: machineTick })
    const side = panel.page.getByRole('option', { name: new RegExp(`^(⚠ ?|has an error ?)?${label}`) }).first()
    await expect(side.locator('.side-states')).toHaveText(active.join(' ') || '–')
  }
  await compare(panel, target, await truthOf(app))
})

test('the log lists each transition of core once, in its order, with its outcome', async ({ openApp, openPanel }) => {
  const app = await openApp()
  await app.run((lab) => lab.round(1))
  const truth = (await truthOf(app)).filter(({ label }) => label === 'session').map(({ seq }) => seq)
  const panel = await openPanel()
  const target = await panel.target()
  await panel.go(`#/${target}/session?view=log&scope=machine`)
  await panel.page.setViewportSize({ width: 1440, height: 2000 })
  await expect.poll(() => panel.rows()).toBeGreaterThanOrEqual(truth.length)
  const rows = await panel.log.locator('.vrow').evaluateAll((all) =>
    all.map((row) => ({
      seq: row.querySelector('.c-seq')!.textContent,
      outcome: row.querySelector('.c-outcome')!.textContent.replace(/^\W+/, ''),
      mutation: row.querySelector('.c-mutation')!.textContent,
    })),
  )
  const transitions = rows.filter(({ seq }) => seq !== '–')
  expect(transitions.map(({ seq }) => Number(seq))).toEqual(truth)
  expect(rows).toContainEqual({ seq: expect.anything(), outcome: 'threw', mutation: 'add Message' })
  expect(rows).toContainEqual({ seq: expect.anything(), outcome: 'error', mutation: 'add Exception' })
})

test('a panel that comes late, after more than a ring full, shows what is left exactly and counts the rest', async ({
  openApp,
  openPanel,
}) => {
  test.setTimeout(180_000)
  const app = await openApp()
  await app.run((lab) => lab.flood(70_000))
  await app.run((lab) => lab.round(1))
  const total = await app.run((lab) => lab.truth.length)
  const panel = await openPanel()
  const target = await panel.target()
  await panel.tab('Targets').click()
  const row = panel.page.getByRole('row', { name: /Front door/ })
  const number = async (cell: number) =>
    Number((await row.getByRole('cell').nth(cell).textContent())!.replace(/\D/g, ''))
  // Recorded = shown + in gaps, exactly.
  await expect.poll(async () => (await number(4)) + (await number(5)), { timeout: 30_000 }).toBe(total)
  expect(await number(5)).toBeGreaterThan(4000)
  const all = await truthOf(app, total - 60_000, total, 4001)
  const last = await truthOf(app, total - 12, total)
  await compare(panel, target, [...all, ...last])
  // Before what is left nothing is claimed.
  await panel.go(`#/${target}/lamp?view=log&scope=machine`)
  await panel.log.focus()
  await panel.page.keyboard.press('Home')
  await expect(panel.detail.getByRole('heading', { name: 'Gap' })).toBeVisible()
  await panel.tab('Clocks').click()
  await expect(panel.page.getByText('clock unknown: in a gap')).toBeVisible()
  expect(Object.values(await panel.clock())).toEqual(['?', '?', '?'])
})

test('pause stops the recording and not the app; what went on meanwhile is a gap, what follows is exact', async ({
  openApp,
  openPanel,
}) => {
  const app = await openApp()
  await app.run((lab) => lab.round(1))
  const panel = await openPanel()
  const target = await panel.target()
  await panel.page.getByRole('button', { name: 'Pause' }).click()
  await expect(panel.page.getByRole('button', { name: 'Record' })).toBeVisible()
  await expect(panel.page.locator('.side-target').first()).toContainText('paused')
  const lost = await app.run((lab) => {
    const before = lab.truth.length
    lab.round(2)
    return lab.truth.length - before
  })
  await panel.page.keyboard.press('Space')
  await expect(panel.page.getByRole('button', { name: 'Pause' })).toBeVisible()
  const from = await app.run((lab) => lab.truth.length)
  await app.run((lab) => lab.round(3))
  const rows = await truthOf(app, from)
  await panel.tab('Log').click()
  await expect(panel.log.getByText(`Gap: ${lost} transitions of 3 machines not recorded: paused`)).toBeAttached()
  await compare(panel, target, rows)
  const now = await app.run((lab) => lab.read())
  await panel.go(`#/${target}/door?view=clocks`)
  expect(await panel.clock()).toEqual(
    Object.fromEntries(Object.entries(now.door!.clock).map(([k, v]) => [k, String(v)])),
  )
})

test('models show the value at the moment, and the live one where nothing was told', async ({ openApp, openPanel }) => {
  const app = await openApp()
  const panel = await openPanel()
  const target = await panel.target()
  await panel.go(`#/${target}/session?view=models`)
  const field = (name: string) => panel.page.locator(`[data-field="${name}"]`)
  // Never changed: asked of the app.
  await expect(field('name')).toHaveText('"nobody"')
  await app.run((lab) => {
    for (let n = 0; n < 3; n++) lab.round(n)
  })
  await expect(field('name')).toHaveText('"Ann 2"')
  await expect(field('visits')).toHaveText('33')
  await expect(field('note')).toHaveText('redacted')
  // The commit that set visits to 10 more, in the first round.
  await panel.page.getByRole('grid', { name: 'Changes' }).getByText('1 → 11').click()
  await expect(field('name')).toHaveText('"Ann 0"')
  await expect(field('visits')).toHaveText('11')
  await expect(panel.detail.getByRole('heading', { level: 2 })).toHaveText(/appcommit \d+/)
  expect(new URL(panel.page.url()).hash).toContain('/store/app/commit/')
})
