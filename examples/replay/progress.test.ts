import { describe, expect, test } from 'vitest'
import { Progress } from './progress.ts'

function setup(screen: { isTTY?: boolean; columns?: number }, before = 0) {
  const written: string[] = []
  let time = 5000
  const progress = new Progress({ ...screen, write: (text) => written.push(text) }, () => time, 1000, before)
  return { progress, written, wait: (ms: number) => (time += ms) }
}

describe('where there is no terminal', () => {
  test('a plain line every five percent, and the last', () => {
    const { progress, written, wait } = setup({})
    for (let done = 10; done <= 1000; done += 10) {
      wait(10)
      progress.update(done, 0)
    }
    progress.update(1000, 0)
    progress.end()
    expect(written).toHaveLength(21)
    expect(written[0]).toBe('10 of 1,000   1 %  1,000 flights/s\n')
    expect(written.at(-1)).toBe('1,000 of 1,000 100 %  1,000 flights/s\n')
  })
})

describe('on a terminal', () => {
  test('one line, drawn over, no wider than the screen', () => {
    const { progress, written, wait } = setup({ isTTY: true, columns: 72 })
    wait(500)
    progress.update(500, 3)
    progress.end()
    const [bar = '', ...after] = written
    // Back to the start of the line, and whatever stood behind is cleared.
    expect([bar.at(0), bar.slice(-3)]).toEqual(['\r', '\u001b[K'])
    expect(bar.slice(1, -3)).toMatch(/^█+░+ {2}500 of 1,000 {2}50 % {2}1,000 flights\/s {2}3 refused$/)
    expect(bar.slice(1, -3).length).toBeLessThan(72)
    expect(after).toEqual(['\n'])
  })
  test('no bar where there is no room for one', () => {
    const { progress, written } = setup({ isTTY: true, columns: 40 })
    progress.update(500, 0)
    expect(written[0]).not.toContain('█')
  })
})

test('the speed is that of this run alone', () => {
  const { progress, wait } = setup({}, 900)
  wait(1000)
  expect(progress.speed(1000)).toBe(100)
})
