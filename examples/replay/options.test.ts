import { expect, test } from 'vitest'
import { help, parseOptions } from './options.ts'

test('nothing asked is everything, into .data', () => {
  expect(parseOptions([])).toEqual({
    dir: '.data',
    fresh: false,
    injectBad: 0,
    limit: Number.POSITIVE_INFINITY,
    batch: 500,
    rate: Number.POSITIVE_INFINITY,
    help: false,
  })
})

test('all that can be asked', () => {
  const args = '--data a.csv --dir=b --fresh --inject-bad 20 --limit 300 --batch 10 --rate 1000 --help'.split(' ')
  expect(parseOptions(args)).toEqual({
    ...{ data: 'a.csv', dir: 'b', fresh: true, injectBad: 20, limit: 300, batch: 10, rate: 1000, help: true },
  })
})

test.each([
  ['--limit 0', '--limit needs a whole number of at least 1, not "0"'],
  ['--batch 1.5', '--batch'],
  ['--rate fast', '--rate'],
  ['--inject-bad=-1', '--inject-bad'],
  ['--limit', '--help lists the options'],
  ['--dir=', '--dir needs a name'],
  ['--colour', "Unknown option '--colour'. --help lists"],
  ['flights.csv', '--help lists the options'],
])('%s is refused', (line, words) => {
  expect(() => parseOptions(line.split(' '))).toThrow(
    expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(words) }),
  )
})

test('the help names every option', () => {
  for (const name of ['data', 'dir', 'fresh', 'limit', 'inject-bad', 'rate', 'batch', 'help'])
    expect(help).toContain(`--${name} `)
})
