import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type PanelPage, test } from './panel-page.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Serious and critical findings of axe. */
async function findings(panel: PanelPage): Promise<string[]> {
  return panel.page.evaluate(async (source) => {
    if (!('axe' in globalThis)) {
      // What a debugger evaluates runs whatever the page's policy.
      new Function(source)()
    }
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run(document, { resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
  }, axeSource)
}

test('a tour by keyboard', async ({ openApp, openPanel }) => {
  const app = await openApp()
  await app.run((lab) => {
    for (let n = 0; n < 8; n++) lab.round(n)
  })
  const panel = await openPanel()
  const target = await panel.target()
  const { page } = panel
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const seq = async () => {
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    return (await panel.detail.getByRole('heading', { level: 2 }).textContent())!
  }
  await panel.go(`#/${target}/door?view=log&scope=machine`)
  await expect.poll(() => panel.rows()).toBeGreaterThan(70)
  const last = Number((await seq()).split('#')[1])

  // Rows, hundreds, tail.
  await press('ArrowLeft', 'ArrowLeft', 'ArrowRight')
  expect(await seq()).toBe(`door#${last - 1}`)
  await expect(page.getByRole('button', { name: 'Tail' })).toHaveAttribute('aria-pressed', 'false')
  await press('Alt+ArrowLeft')
  expect(await seq()).toBe('door#1')
  await press('Alt+ArrowRight')
  expect(await seq()).toBe(`door#${last}`)
  await press('t')
  await expect(page.getByRole('button', { name: 'Tail' })).toHaveAttribute('aria-pressed', 'true')

  // Errors, both ways.
  await press('E')
  const refused = await seq()
  await expect(panel.detail.getByText('✕ Refused')).toBeVisible()
  await press('E')
  expect(await seq()).not.toBe(refused)
  await press('e')
  expect(await seq()).toBe(refused)

  // Views by number; a state picked with the arrows; its changes.
  await press('4')
  await expect(panel.tab('Clocks')).toHaveAttribute('aria-selected', 'true')
  await page.getByRole('grid', { name: 'Clocks of door' }).focus()
  await press('Home')
  await expect(page.getByRole('grid', { name: 'Clocks of door' }).getByRole('row', { selected: true })).toContainText(
    'Open',
  )
  await press('t', 'N')
  const change = await seq()
  await expect(panel.detail.getByRole('rowheader', { name: 'Open', exact: true })).toBeVisible()
  await press('N', 'n')
  expect(await seq()).toBe(change)

  // Filter and address have the keys while they are focused.
  await press('2', '/')
  await expect(page.getByLabel('Filter by names')).toBeFocused()
  await page.keyboard.type('alarm')
  await expect.poll(() => panel.rows()).toBeLessThan(40)
  await press('Escape')
  await expect.poll(() => panel.rows()).toBeGreaterThan(70)
  await press('g')
  await expect(page.getByRole('textbox', { name: 'Address' })).toBeFocused()
  await page.keyboard.type(`#/${target}/door/tx/5?view=tree`)
  await press('Enter')
  expect(await seq()).toBe('door#5')
  await expect(panel.tab('Tree')).toHaveAttribute('aria-selected', 'true')

  // Help opens, takes the focus, and goes.
  await press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)

  // Everything that can be clicked can be reached.
  await press('2')
  const reached = new Set<string>()
  for (let i = 0; i < 60; i++) {
    await press('Tab')
    reached.add(
      await page.evaluate(() => {
        const { activeElement: at } = document
        return `${at?.tagName} ${at?.getAttribute('aria-label') ?? at?.textContent?.slice(0, 24)}`
      }),
    )
  }
  for (const name of [
    'Moment',
    'Filter by names',
    'Machines by target',
    'Transitions, oldest first',
    'Tail',
    'Address',
  ]) {
    expect(
      [...reached].some((one) => one.includes(name)),
      `${name} in ${[...reached].join(', ')}`,
    ).toBe(true)
  }
})

test('addresses open what they name, back and forward work, and another machine keeps the time', async ({
  openApp,
  openPanel,
}) => {
  const app = await openApp()
  await app.run((lab) => {
    for (let n = 0; n < 3; n++) lab.round(n)
  })
  const panel = await openPanel()
  const target = await panel.target()
  const { page } = panel
  const heading = panel.detail.getByRole('heading', { level: 2 })
  await page.goto(`${page.url().split('#')[0]}#/${target}/door/tx/4?view=log&scope=target`)
  await page.reload()
  await expect(heading).toHaveText('door#4')
  await page.getByRole('option', { name: /^session/ }).click()
  await expect(heading).toHaveText('door#4')
  await expect(page).toHaveURL(/\/door\/tx\/4\?.*on=session/)
  await panel.tab('Clocks').click()
  const clock = await panel.clock()
  expect(clock.Start).toBe('0')
  await panel.tab('Log').click()
  await panel.log.getByRole('row').nth(8).click()
  await expect(heading).not.toHaveText('door#4')
  const url = page.url()
  await page.keyboard.press('[')
  await expect(heading).toHaveText('door#4')
  await page.keyboard.press('[')
  await expect(panel.tab('Clocks')).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press(']')
  await page.keyboard.press(']')
  await expect(page).toHaveURL(url)
  // A link is an address too.
  await panel.go(`#/${target}/lamp/tx/2?view=log`)
  await panel.detail.getByRole('link', { name: /door/ }).first().click()
  await expect(heading).toHaveText(/^door#/)
})

test('why not: what is missing, the last refusal, and what the app says now', async ({ openApp, openPanel }) => {
  const app = await openApp()
  await app.run((lab) => {
    lab.door.add('Closed')
    lab.door.add('Open')
    lab.door.add('Alarm')
  })
  const panel = await openPanel()
  const target = await panel.target()
  const { page } = panel
  await panel.go(`#/${target}/door?view=why&state=Alarm`)
  const view = page.getByRole('tabpanel')
  await expect(view).toContainText('Alarm requires Locked')
  await expect(view).toContainText('needed by Alarm')
  await expect(view.getByRole('link', { name: /door #3/ })).toBeVisible()
  await page.getByRole('combobox', { name: /Why is/ }).selectOption('Open')
  await expect(view).toContainText('Relations allow it')
  await expect(view).toContainText('The handler Open.canEnter refused.')
  await page.getByRole('button', { name: 'Ask now' }).click()
  await expect(view.getByRole('status')).toHaveText('Now it would be refused. The handler Open.canEnter refused.')
  await app.run((lab) => lab.lamp.add('On'))
  await page.getByRole('button', { name: 'Ask now' }).click()
  await expect(view.getByRole('status')).toHaveText('Now it would pass.')
  // A state with arguments cannot be asked for.
  await panel.go(`#/${target}/session?view=why&state=LoggedIn`)
  await expect(view).toContainText('It takes arguments')
})

test('what runs and what waits is shown with its state', async ({ openApp, openPanel }) => {
  const app = await openApp()
  const panel = await openPanel()
  const target = await panel.target()
  await app.run((lab) => {
    lab.session.add('Start')
    lab.session.add('Connecting')
    void lab.session.when('LoggedIn').catch(() => {})
  })
  await panel.go(`#/${target}/session?view=tree&state=Connecting`)
  const tree = panel.page.getByRole('grid', { name: 'States of session' })
  await expect(tree.getByRole('row', { name: /Connecting/ }).first()).toContainText('entered runs')
  await expect(tree.getByRole('row', { name: /LoggedIn/ })).toContainText('when(LoggedIn) waits')
  await app.run((lab) => lab.finish())
  await expect(tree.getByText('entered runs')).toHaveCount(0)
  // Its duration came with the settling, and is measured: a panel was there.
  await panel.go(`#/${target}/session/tx/3?view=tree`)
  await expect(panel.detail.getByRole('row', { name: /Connecting.entered settled/ })).toContainText(/\d ms|\d s/)
})

test('axe finds nothing serious, in any view, light or dark', async ({ openApp, openPanel, complaints }) => {
  test.setTimeout(180_000)
  const app = await openApp()
  await app.run((lab) => {
    for (let n = 0; n < 3; n++) lab.round(n)
  })
  const panel = await openPanel()
  const target = await panel.target()
  for (const scheme of ['light', 'dark'] as const) {
    await panel.page.emulateMedia({ colorScheme: scheme })
    for (const place of [
      'log&scope=target',
      'tree&state=Locked',
      'clocks&mark=door/3&state=Open',
      'models',
      'why&state=Alarm',
      'targets',
    ]) {
      await panel.go(`#/${target}/door/tx/12?view=${place}`)
      expect(await findings(panel), `${scheme} ${place}`).toEqual([])
    }
  }
  await panel.page.setViewportSize({ width: 360, height: 740 })
  await panel.go(`#/${target}/door/tx/12?view=log`)
  await panel.log.getByRole('row').nth(4).click()
  await expect(panel.detail).toBeVisible()
  expect(await findings(panel), 'sheet').toEqual([])
  await panel.page.keyboard.press('?')
  expect(await findings(panel), 'help').toEqual([])
  expect(complaints).toEqual([])
})

test('at 360 px all is usable: one column, the detail as a sheet, nothing wider than the screen', async ({
  openApp,
  openPanel,
}) => {
  const app = await openApp()
  await app.run((lab) => lab.round(1))
  const panel = await openPanel()
  const { page } = panel
  await page.setViewportSize({ width: 360, height: 740 })
  await panel.target()
  for (const name of ['Targets', 'Log', 'Tree', 'Clocks', 'Models', 'Why not?']) {
    await panel.tab(name).click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(360)
  }
  await panel.tab('Targets').click()
  await page.getByRole('option', { name: /^session/ }).click()
  await panel.tab('Log').click()
  await expect(panel.detail).toBeHidden()
  await panel.log.getByRole('row').nth(3).click()
  await expect(panel.detail).toBeVisible()
  await panel.detail.getByRole('button', { name: 'Close the detail' }).click()
  await expect(panel.detail).toBeHidden()
})

test('2,000 machines and 22,000 rows: few nodes, no stranger asked, nothing complained of', async ({
  openMany,
  openPanel,
  strangers,
  complaints,
}) => {
  const many = await openMany()
  await many.run((lab) => lab.run(20_000))
  const panel = await openPanel()
  const { page } = panel
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect.poll(() => panel.rows(), { timeout: 20_000 }).toBe(22_000)
  const nodes = () => page.evaluate(() => document.querySelectorAll('*').length)
  for (const name of ['Log', 'Tree', 'Clocks', 'Targets', 'Log']) {
    await panel.tab(name).click()
    expect(await nodes(), name).toBeLessThan(1500)
  }
  await panel.log.focus()
  await page.keyboard.press('Home')
  await expect(panel.detail.getByRole('heading', { level: 2 })).toHaveText('LH 1000#1')
  expect(await nodes()).toBeLessThan(1500)
  // While it runs, too.
  await many.run((lab) => lab.run(5000))
  await expect.poll(() => panel.rows()).toBe(27_000)
  await page.getByLabel('Filter by names').fill('BA 1001')
  await expect.poll(() => panel.rows()).toBeLessThan(100)
  expect(strangers).toEqual([])
  expect(complaints).toEqual([])
})

test('names are text, whatever they look like', async ({ openApp, openPanel, complaints }) => {
  const app = await openApp()
  const panel = await openPanel()
  await panel.target()
  await app.run((lab) => {
    document.title = '<img src=x onerror=alert(1)>'
    lab.session.add('Start')
    lab.session.add('Connected')
    lab.session.add('Message', { text: '<script>alert(1)</script>' })
  })
  await expect(panel.page.locator('.side-target').first()).toContainText('<img src=x onerror=alert(1)>')
  await expect(panel.detail).toContainText('<script>alert(1)</script>')
  expect(await panel.page.locator('.shell img, .shell script').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('framed by the page, the panel speaks to it through a port: none of its data is on a channel', async ({
  openApp,
}) => {
  const app = await openApp()
  await app.run((lab) => lab.round(1))
  await app.page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.src = './__escapement/'
    frame.title = 'panel'
    document.body.append(frame)
    Object.assign(frame.style, { width: '1200px', height: '700px' })
  })
  const panel = app.page.frameLocator('iframe')
  await expect(panel.getByRole('grid', { name: 'Transitions' }).getByText('LoggedIn').first()).toBeVisible()
  const sent = await app.page.evaluate(() => globalThis.sent)
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.filter((message) => /"k":"(tx|clock|machine)"/.test(message))).toEqual([])

  // Kept alive without being shown, it takes in what comes, at leisure: shown again, all is there.
  const rows = panel.locator('.log .toolbar .num')
  const before = Number((await rows.textContent())!.replace(/\D/g, ''))
  await app.page.locator('iframe').evaluate((frame) => frame.style.setProperty('display', 'none'))
  await app.run((lab) => lab.round(2))
  await app.page.locator('iframe').evaluate((frame) => frame.style.removeProperty('display'))
  await expect.poll(async () => Number((await rows.textContent())!.replace(/\D/g, ''))).toBeGreaterThan(before + 15)
})
