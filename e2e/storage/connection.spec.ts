import { expect, test, visit } from './lab.ts'

test.describe('the connection', () => {
  test('closed by "clear site data" while open: the next write restores all', async ({ tab, site }) => {
    await tab.evaluate(async () => {
      const one = await lab.open('app')
      for (let n = 1; n <= 3; n++) one.step(n)
      one.rows.add({ n: 1 }, 'a')
      await one.store.flush()
      lab.opened.one = one
    })
    const devtools = await tab.context().newCDPSession(tab)
    await devtools.send('Storage.clearDataForOrigin', { origin: new URL(site.url).origin, storageTypes: 'indexeddb' })
    expect(await tab.evaluate(async () => (await indexedDB.databases()).length)).toBe(0)
    const reported = await tab.evaluate(async () => {
      const { one } = lab.opened
      one!.step(4)
      // An attempt may meet the connection as it breaks.
      await one!.store.flush().catch(() => lab.becomes(one!.store, 'saved'))
      return one!.reported
    })
    expect(reported.filter(({ phase }) => phase === 'report')).toMatchObject([{ code: 'STORAGE_RESTORED' }])
    await tab.reload()
    const found = await visit(tab, site).then((page) =>
      page.evaluate(async () => {
        const { state, rows } = await lab.open('app')
        return { state, rows: rows.ids }
      }),
    )
    expect(found).toEqual({ state: { left: 4, right: 4, beats: 4 }, rows: ['a'] })
  })

  test('another tab deletes the database: it need not wait, and the next write restores all', async ({ tab, site }) => {
    await tab.evaluate(async () => {
      lab.opened.one = await lab.open('app')
      lab.opened.one.step(1)
      lab.opened.one.rows.add({ n: 1 }, 'a')
      await lab.opened.one.store.flush()
    })
    const other = await visit(await tab.context().newPage(), site)
    const deleted = await other.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase('app')
          request.onsuccess = () => resolve('deleted')
          request.onblocked = () => resolve('blocked')
          request.onerror = () => reject(request.error)
        }),
    )
    expect(deleted).toBe('deleted')
    await tab.evaluate(async () => {
      lab.opened.one!.step(2)
      await lab.opened.one!.store.flush()
    })
    const found = await other.evaluate(async () => {
      const { state, rows } = await lab.open('app')
      return { state, rows: rows.ids }
    })
    expect(found).toEqual({ state: { left: 2, right: 2, beats: 2 }, rows: ['a'] })
  })

  test('another tab upgrades the database: it need not wait, and the next write says so', async ({ tab, site }) => {
    await tab.evaluate(async () => {
      lab.opened.one = await lab.open('app')
      lab.opened.one.step(1)
      await lab.opened.one.store.flush()
    })
    const other = await visit(await tab.context().newPage(), site)
    await other.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const request = indexedDB.open('app', 2)
          request.onsuccess = () => resolve(request.result.close())
          request.onblocked = request.onerror = () => reject(new Error('blocked'))
        }),
    )
    const error = await tab.evaluate(async () => {
      lab.opened.one!.step(2)
      return lab.opened.one!.store.flush().then(
        () => undefined,
        ({ name, code }) => ({ name, code }),
      )
    })
    expect(error).toEqual({ name: 'StorageError', code: 'STORAGE_FOREIGN' })
  })
})

test('two tabs on one database: the one that is behind overwrites nothing, and says so', async ({ tab, site }) => {
  const other = await visit(await tab.context().newPage(), site)
  for (const page of [tab, other]) {
    await page.evaluate(async () => {
      lab.opened.one = await lab.open('app')
    })
  }
  await tab.evaluate(async () => {
    lab.opened.one!.step(1)
    await lab.opened.one!.store.flush()
  })
  const behind = await other.evaluate(async () => {
    const { store, left, reported } = lab.opened.one!
    left.n = 99
    const error = await store.flush().catch(({ name, message }) => ({ name, message }))
    return { error, status: store.status, memory: left.n, reported: reported.map(({ code }) => code) }
  })
  expect(behind).toMatchObject({
    error: { name: 'StorageConflictError', message: expect.stringContaining('Nothing was overwritten') },
    status: 'failed',
    memory: 99,
    reported: ['STORAGE_CONFLICT'],
  })
  await visit(other, site)
  expect(await other.evaluate(async () => (await lab.open('app')).state)).toEqual({ left: 1, right: 1, beats: 1 })
})

test('values come back after a reload as they were, and cannot be changed in place', async ({ tab, site }) => {
  await tab.evaluate(async () => {
    const one = await lab.open('app')
    one.odd.value = {
      date: new Date(7),
      map: new Map([['k', new Map([[{ a: 1 }, new Set(['x'])]])]]),
      pattern: /a\/b"\n/giu,
      big: 12345678901234567890n,
      list: [undefined, null, -0, Number.NaN, '\ud800'],
    }
    await one.store.close()
  })
  await visit(tab, site)
  const found = await tab.evaluate(async () => {
    const { value } = (await lab.open('app')).odd
    const refused = (change: () => unknown) => {
      try {
        change()
        return false
      } catch {
        return true
      }
    }
    const [key, set] = [...value.map.get('k')][0]
    return {
      date: value.date.getTime(),
      map: [key.a, [...set]],
      pattern: String(value.pattern),
      big: String(value.big),
      list: [value.list[0] === undefined, value.list[1], Object.is(value.list[2], -0), value.list[3], value.list[4]],
      frozen: [
        refused(() => value.date.setTime(1)),
        refused(() => value.map.clear()),
        refused(() => set.add('y')),
        refused(() => value.list.push(1)),
      ],
    }
  })
  expect(found).toEqual({
    date: 7,
    map: [1, ['x']],
    pattern: String(/a\/b"\n/giu),
    big: '12345678901234567890',
    list: [true, null, true, Number.NaN, '\ud800'],
    frozen: [true, true, true, true],
  })
})
