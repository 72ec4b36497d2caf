import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { injectBad, type Row, readAirportNames, readFlights } from './data.ts'
import { recompute } from './totals.ts'

const folder = mkdtempSync(join(tmpdir(), 'escapement-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const flight = { date: '2001/01/01 00:47', delay: 66, distance: 1750, origin: 'DTW', destination: 'LAS' }

describe('reading flights', () => {
  test('of vega-datasets', async () => {
    const { name, rows } = await readFlights()
    expect([name, rows.length, rows[0]]).toEqual(['flights-20k.json', 20_000, flight])
  })
  test('from JSON, with columns of its own left out', async () => {
    const { rows } = await readFlights(file('own.json', JSON.stringify([{ ...flight, carrier: 'XX' }, null, 7])))
    expect(rows).toEqual([
      flight,
      { problem: 'expected a flight, found null' },
      { problem: 'expected a flight, found 7' },
    ])
  })
  test('from CSV, in any order of columns', async () => {
    const text =
      'origin,carrier,date,delay,distance,destination\nDTW,XX,2001/01/01 00:47, 66 ,1750,LAS\nDTW,"X,X",a,late,,\nDTW\n'
    expect((await readFlights(file('own.CSV', text))).rows).toEqual([
      flight,
      { date: 'a', delay: 'late', distance: '', origin: 'DTW', destination: '' },
      { problem: 'line 4 has 1 cells, the header 6' },
    ])
  })
  test.each([
    ['none.json', undefined, 'there is no such file'],
    ['own.txt', 'a', 'neither .json nor .csv'],
    ['broken.json', '[{', 'is not JSON'],
    ['object.json', '{}', 'is not an array'],
    ['empty.json', '[]', 'lacks date'],
    ['empty.csv', '', 'lacks date, delay, distance, origin, destination; its columns are none'],
    ['header.csv', 'date,delay,distance,origin,destination\n', 'holds no flights'],
    ['columns.csv', 'date,late,distance,origin,destination\n', 'lacks delay; its columns are date, late'],
    ['quote.csv', 'date,delay,distance,origin,destination\n"', 'is not CSV: line 2'],
  ])('%s is refused as a whole', async (name, text, words) => {
    const path = text === undefined ? join(folder, name) : file(name, text)
    await expect(readFlights(path)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(words),
    })
  })
})

test('airports have names', async () => {
  const names = await readAirportNames()
  expect([names.get('ORD'), names.get('BTR')]).toEqual(['Chicago, IL', 'Baton Rouge, LA'])
})

describe('injected bad rows', () => {
  test.each([0, 1, 20, 300])('%i are exactly as many, and always the same', async (count) => {
    const rows = (await readFlights()).rows.slice(0, 300)
    const bad = injectBad(rows, count)
    expect(bad.filter((row, i) => row !== rows[i])).toHaveLength(count)
    expect(recompute(bad).refused).toBe(count)
    expect(injectBad(rows, count)).toEqual(bad)
    expect(recompute(rows).refused).toBe(0)
  })
  test('are wrong in every way there is', () => {
    const rows = Array.from({ length: 7919 }, () => flight)
    const bad = injectBad(rows, 70).filter((row) => row !== flight)
    expect(bad).toHaveLength(70)
    expect(new Set(bad.map((row) => Object.values(row).join()))).toHaveProperty('size', 7)
  })
  test('a row that is bad already stays as it is', () => {
    const row: Row = { problem: 'no flight' }
    expect(injectBad([row], 1)).toEqual([row])
  })
  test('more than there are is refused', () => {
    expect(() => injectBad([flight], 2)).toThrow('more than the 1 flights')
  })
})
