import { describe, expect, test } from 'vitest'
import { defineFsm, loadFsm } from './index.ts'

describe('loading', { timeout: 60_000 }, () => {
  // § stands for $, which in this file would look like a mistake.
  const dollars = (text: string) => text.replaceAll('§', '$')
  const page = (name: string) => dollars(`states: [{ name: ${name}, type: initial }]\ntransitions: []\n`)
  test.each([
    ['"§{A}"', { A: 'x' }, 'x'],
    ['"§{A:-y}"', {}, 'y'],
    ['"§{A:-y}"', { A: '' }, 'y'],
    ['"§{A:-}z"', {}, 'z'],
    ['"§{A:?why}"', { A: 'x' }, 'x'],
    ['"p§{A}q§{B}"', { A: '1', B: '2' }, 'p1q2'],
    ['"§{A}"', { A: '§{B}', B: 'no' }, '§{B}'],
    ['"§A{A}§{1}"', { A: 'x' }, '§A{A}§{1}'],
  ] as [string, Record<string, string>, string][])('%s with %j is %s', (text, variables, name) => {
    const filled = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, dollars(value)]))
    expect(loadFsm(page(text), { variables: filled }).initialState).toBe(dollars(name))
  })
  test('takes nothing from the environment by itself, nor from a prototype', () => {
    for (const name of ['PATH', 'HOME', 'toString'])
      expect(() => loadFsm(page(`"§{${name}}"`))).toThrow(`variable ${name} is not given`)
    expect(loadFsm(page('"§{PATH}"'), { variables: { ...process.env, PATH: 'x' } }).initialState).toBe('x')
  })
  test('aliases, merge keys and JSON with tabs are read', () => {
    const fsm = loadFsm(
      `x-free: &hooks { on_enter: [log] }\n`.replace('x-free', 'meta') +
        'states:\n  - { name: A, type: initial, <<: *hooks }\n  - { <<: *hooks, name: B }\ntransitions: []\n',
    )
    expect([fsm.state('A').onEnter, fsm.state('B').onEnter]).toEqual([['log'], ['log']])
    expect(
      loadFsm('{\n\t"states": [\t{ "name": "A", "type": "initial" } ],\r\n\t"transitions": []\n}').initialState,
    ).toBe('A')
    expect(loadFsm(`\uFEFF${page('A')}`).initialState).toBe('A')
  })
  test('ten megabytes are refused unread, and so is what is nested without end', () => {
    expect(() => loadFsm('a'.repeat(10_000_000))).toThrow('is larger than 300000 characters')
    expect(() => loadFsm('['.repeat(20_000))).toThrow('is nested deeper than 100')
    expect(() => loadFsm(`a: ${'['.repeat(101)}${']'.repeat(101)}`)).toThrow('is nested deeper than 100')
    expect(() => loadFsm(`a: &a x\nb: [${'*a, '.repeat(2001)}]`)).toThrow('has more than 2000 aliases')
  })
  test('an object nested without end is refused too', () => {
    const loop: Record<string, unknown> = { name: 'A', type: 'initial' }
    loop.self = loop
    expect(defineFsm({ states: [loop as { name: string }], transitions: [] }).initialState).toBe('A')
    let deep: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    expect(() => defineFsm({ states: [{ name: 'A', type: 'initial', deep }], transitions: [] })).toThrow(
      'is nested deeper than 64',
    )
  })
})
