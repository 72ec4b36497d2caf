import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from './main.ts'

const folder = mkdtempSync(join(tmpdir(), 'escapement-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function run(...args: string[]) {
  let out = ''
  let err = ''
  const code = await main(args, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
  })
  return { code, out: out.replaceAll(`${folder}/`, ''), err: err.replaceAll(`${folder}/`, '') }
}

const good = write(
  'good.yaml',
  `meta: { machine_name: door, version: "2" }
states:
  - { name: closed, type: initial, timeout: { seconds: 60, destination: broken } }
  - { name: open }
  - { name: broken, type: terminal }
transitions:
  - { trigger: push, source: closed, dest: open, guards: is_free }
  - { trigger: pull, source: open, dest: closed }
`,
)
const bad = write('bad.yaml', 'states:\n  - { name: a }\n  - { name: a }\ntransitions: []\nextra: "\u001b[31m"\n')

describe('escapement', () => {
  test('says what it can', async () => {
    const help = await run('--help')
    expect([help.code, help.out.includes('escapement fsm check FILE'), help.err]).toEqual([0, true, ''])
    expect(await run()).toEqual({ ...help, code: 2 })
    expect((await run('fsm', '--help')).out).toContain('fsm simulate FILE --events')
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
  test.each([
    [['fmsc'], 'There is no command "fmsc".'],
    [['toString'], 'There is no command "toString".'],
    [['fsm'], 'fsm needs check, graph or simulate.'],
    [['fsm', 'chek', good], 'There is no "fsm chek".'],
    [['fsm', 'constructor', good], 'There is no "fsm constructor".'],
    [['fsm', 'check'], 'fsm check needs one file.'],
    [['fsm', 'check', good, good], 'fsm check needs one file.'],
    [['fsm', 'graph', good, '--format', 'png'], 'There is no format "png": mermaid or dot.'],
    [['fsm', 'simulate', good], 'fsm simulate needs --events FILE.'],
    [['fsm', 'check', good, '--strict'], "Unknown option '--strict'"],
  ])('%j is a wrong call', async (args, message) => {
    const { code, out, err } = await run(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(err).toContain('See escapement --help.')
  })
})

describe('fsm check', () => {
  test('prints what is wrong, as file:line:column message', async () => {
    expect(await run('fsm', 'check', bad)).toEqual({
      code: 1,
      out: 'bad.yaml:2:3 states: no state has the type initial\nbad.yaml:3:13 states.1.name: "a" is the name of an earlier state\nbad.yaml:5:1 extra: is not a known key\n',
      err: '',
    })
  })
  test('or a summary, after warnings', async () => {
    expect(await run('fsm', 'check', good)).toEqual({
      code: 0,
      out: 'door 2: 3 states, 2 transitions, 2 triggers, from closed to broken, strict\n',
      err: '',
    })
    const lonely = write('lonely.yaml', 'states: [{ name: a, type: initial }]\ntransitions: []\n')
    expect((await run('fsm', 'check', lonely)).out).toBe(
      'lonely.yaml:1:18 warning: states.0.name: nothing leads out of "a", and it is not terminal\nfsm: 1 states, 0 transitions, 0 triggers, from a to nowhere, strict\n',
    )
  })
  test('nothing of a file drives the terminal', async () => {
    const evil = write(
      'evil.yaml',
      'states:\n  - { name: "a\\e[31m\\u202e", type: initial }\ntransitions: []\nmeta: { machine_name: "\\e[2J" }\n',
    )
    const { out } = await run('fsm', 'check', evil)
    expect(out).toContain('states.0.name: must be a name')
    expect(out.includes('\u001b') || out.includes('\u202e')).toBe(false)
    expect(out).toContain('\\u001b')
  })
  test('a file that cannot be read is an error in words', async () => {
    expect(await run('fsm', 'check', join(folder, 'none.yaml'))).toEqual({
      code: 1,
      out: '',
      err: 'Cannot read none.yaml: there is no such file.\n',
    })
    expect((await run('fsm', 'check', folder)).err).toContain('it is a directory')
  })
  test('a huge file is refused without being read whole', async () => {
    const huge = write('huge.yaml', 'a'.repeat(10_000_000))
    expect(await run('fsm', 'check', huge)).toMatchObject({
      code: 1,
      out: 'huge.yaml:1:1 is larger than 300000 characters\n',
    })
  })
})

test('fsm graph draws either way, and what is wrong as check does', async () => {
  expect((await run('fsm', 'graph', good)).out).toContain('s0 --> s1: push #91;is_free#93;')
  expect((await run('fsm', 'graph', good, '--format', 'dot')).out).toContain(
    '"closed" -> "open" [label="push [is_free]"];',
  )
  expect(await run('fsm', 'graph', bad)).toEqual(await run('fsm', 'check', bad))
})

describe('fsm simulate', () => {
  const simulate = (text: string) => run('fsm', 'simulate', good, '--events', write('events.jsonl', text))
  test('prints the path of each entity: guards by name, timeouts by time, refusals with their reason', async () => {
    const events = [
      { entity: 'a', trigger: 'push', context: { is_free: true }, time: 0 },
      {
        entity: 'b',
        trigger: 'push',
        context: { is_free: true },
        payload: { is_free: false },
        time: '1970-01-01T00:00:01Z',
      },
      { entity: 'a', trigger: 'pull', time: 5000 },
      { entity: 'b', trigger: 'slam', time: 5000 },
      { entity: 'a', trigger: 'push', payload: { is_free: true }, time: 65000 },
      { entity: '__proto__', trigger: 'pull' },
    ]
    expect(await simulate(`${events.map((event) => JSON.stringify(event)).join('\n')}\n\n`)).toEqual({
      code: 0,
      out: `a: closed --push--> open --pull--> closed --(after 60 s)--> broken --push--x (TerminalStateError)
b: closed --push--x (GuardsFailedError) --slam--x (UndefinedTriggerError)
__proto__: closed --pull--x (NoTransitionError)
3 entities, 6 events, 4 refused
`,
      err: '',
    })
  })
  test.each([
    ['{"entity":"a","trigger":"push"}\n{', 'events.jsonl:2:1 is not JSON'],
    ['{"trigger":"push"}', 'events.jsonl:1:1 has no text "entity"'],
    ['null', 'events.jsonl:1:1 has no text "entity"'],
    ['{"entity":"a"}', 'events.jsonl:1:1 has no text "trigger"'],
    ['{"entity":"a","trigger":"push","payload":5}', 'events.jsonl:1:1 "payload" and "context" must be objects'],
    ['{"entity":"a","trigger":"push","time":"soon"}', 'events.jsonl:1:1 "time" must be milliseconds, or a date'],
  ])('%s is an error with its line', async (text, message) => {
    expect(await simulate(text)).toMatchObject({ code: 1, err: `${message}\n` })
  })
  test('events that cannot be read are an error in words', async () => {
    expect((await run('fsm', 'simulate', good, '--events', join(folder, 'none'))).err).toBe(
      'Cannot read none: there is no such file.\n',
    )
  })
})
