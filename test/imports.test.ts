import { describe, expect, test } from 'vitest'
import { adapterOf, cycles, devtoolsSide, rules, violations } from './import-rules.ts'
import { importsIn, importsOf, typescriptFiles } from './imports.ts'

const source = importsIn('src')

describe('the source', () => {
  test('is read', () => {
    expect(source.length).toBeGreaterThan(0)
  })
  test('keeps the direction of imports', () => {
    expect(violations(source)).toEqual([])
  })
  test('has no runtime import cycle', () => {
    expect(cycles(source)).toEqual([])
  })
  test('every file of devtools has a side', () => {
    const lost = typescriptFiles('src/devtools').filter((file) => devtoolsSide(file) === undefined)
    expect(lost).toEqual([])
  })
})

describe('reading imports', () => {
  const read = (text: string) => importsOf('src/core/store/a.ts', text).map(({ to, typeOnly }) => [to, typeOnly])

  test.each([
    ["import { a } from './b.ts'", [['src/core/store/b.ts', false]]],
    ["import type { A } from './b.ts'", [['src/core/store/b.ts', true]]],
    ["import type A from '../b.ts'", [['src/core/b.ts', true]]],
    ["import type * as A from '../b.ts'", [['src/core/b.ts', true]]],
    ["import { type A } from './b.ts'", [['src/core/store/b.ts', false]]],
    ["import type from './b.ts'", [['src/core/store/b.ts', false]]],
    ["import type, { a } from './b.ts'", [['src/core/store/b.ts', false]]],
    ["import '../../adapters/worker/serve.ts'", [['src/adapters/worker/serve.ts', false]]],
    ["export { a } from 'valibot'", [['valibot', false]]],
    ["export type { A } from 'valibot'", [['valibot', true]]],
    ["export * from './b.ts'", [['src/core/store/b.ts', false]]],
    ["export type * from './b.ts'", [['src/core/store/b.ts', true]]],
    ["export * as b from './b.ts'", [['src/core/store/b.ts', false]]],
    ["const b = await import('./b.ts')", [['src/core/store/b.ts', false]]],
    ['const b = await import(`yaml`)', [['yaml', false]]],
    ["const b = await import(name + '.ts')", [["computed:name + '.ts'", false]]],
    ["let b: import('./b.ts').B", [['src/core/store/b.ts', true]]],
    ["// import './b.ts'\nconst text = \"import './c.ts'\"", []],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  test('tells the line', () => {
    expect(importsOf('src/a.ts', "\n\nimport './b.ts'")).toMatchObject([{ line: 3 }])
  })
  test('a file that does not parse is an error, not a file without imports', () => {
    expect(() => importsOf('src/a.ts', "import { from './b.ts'")).toThrow('src/a.ts')
  })
})

/** Per rule: imports that break it, and imports that look alike and do not. */
const cases: Record<string, { bad: string[][]; good: string[][] }> = {
  'core imports nothing of adapters, devtools, testing or the command line': {
    bad: [
      ['src/core/store/a.ts', '../../adapters/worker/serve.ts'],
      ['src/core/a.ts', '../devtools/protocol.ts'],
      ['src/core/a.ts', '../testing/index.ts'],
      ['src/core/a.ts', '../cli/main.ts'],
    ],
    good: [
      ['src/core/a.ts', './store/b.ts'],
      ['src/core/a.test.ts', '../testing/index.ts'],
      ['src/testing/a.ts', '../core/index.ts'],
    ],
  },
  'core imports no builtin of Node': {
    bad: [['src/core/a.ts', 'node:fs']],
    good: [['src/adapters/storage/file/a.ts', 'node:fs']],
  },
  'an adapter imports core and itself, nothing else of src': {
    bad: [
      ['src/adapters/storage/file/a.ts', '../indexeddb/b.ts'],
      ['src/adapters/storage/file.ts', './indexeddb.ts'],
      ['src/adapters/react/a.ts', '../preact/b.ts'],
      ['src/adapters/worker/a.ts', '../../devtools/protocol.ts'],
    ],
    good: [
      ['src/adapters/storage/file/a.ts', './b.ts'],
      ['src/adapters/storage/file/a.ts', '../../../core/error.ts'],
      ['src/adapters/react/a.ts', 'react'],
    ],
  },
  'devtools import core and themselves, nothing else of src': {
    bad: [['src/devtools/agent/a.ts', '../../adapters/worker/serve.ts']],
    good: [['src/devtools/agent/a.ts', '../../core/trace.ts']],
  },
  'page side and Node side of devtools meet only in protocol.ts': {
    bad: [
      ['src/devtools/panel/a.ts', '../vite/plugin.ts'],
      ['src/devtools/vite/plugin.ts', '../agent.ts'],
      ['src/devtools/cli/main.ts', '../panel/app.ts'],
      ['src/devtools/protocol.ts', './agent.ts'],
      ['src/devtools/panel/a.ts', '../unsorted.ts'],
    ],
    good: [
      ['src/devtools/panel/a.ts', '../protocol.ts'],
      ['src/devtools/vite/plugin.ts', '../protocol.ts'],
      ['src/devtools/vite/plugin.ts', '../relay.ts'],
      ['src/devtools/node.ts', './agent.ts'],
    ],
  },
  'store never imports machine, nor the reverse': {
    bad: [
      ['src/core/store/a.ts', '../machine/b.ts'],
      ['src/core/machine/a.ts', '../store/b.ts'],
      ['src/core/model/a.ts', '../machine/b.ts'],
    ],
    good: [
      ['src/core/store/a.ts', '../model/b.ts'],
      ['src/core/store/machine.ts', './b.ts'],
      ['src/core/index.ts', './machine/b.ts'],
      ['src/core/store/a.test.ts', '../machine/b.ts'],
    ],
  },
  'machine imports only itself, signals-core, Standard Schema types, error.ts, trace.ts and ports': {
    bad: [
      ['src/core/machine/a.ts', 'valibot'],
      ['src/core/machine/a.ts', '@standard-schema/spec'],
      ['src/core/machine/a.ts', '../index.ts'],
      ['src/core/machine/a.ts', '../fsm/process.ts'],
    ],
    good: [
      ['src/core/machine/a.ts', '../ports/unit.ts'],
      ['src/core/machine/a.ts', '../error.ts'],
      ['src/core/machine/a.ts', '../trace.ts'],
      ['src/core/machine/a.ts', '@preact/signals-core'],
      ['src/core/machine/a.ts', '@standard-schema/spec', 'type'],
      ['src/core/machine/a.test.ts', 'fast-check'],
    ],
  },
  'fsm imports nothing of model, store, machine or signals, save fsm/store': {
    bad: [
      ['src/core/fsm/process.ts', '../store/store.ts'],
      ['src/core/fsm/process.ts', '../model/field.ts'],
      ['src/core/fsm/process.ts', '../machine/resolve.ts'],
      ['src/core/fsm/process.ts', '../index.ts'],
      ['src/core/fsm/process.ts', '@preact/signals-core'],
      ['src/core/fsm/index.ts', './store.ts'],
    ],
    good: [
      ['src/core/fsm/store.ts', '../store/store.ts'],
      ['src/core/fsm/store/apply.ts', '../../store/store.ts'],
      ['src/core/fsm/process.ts', '../error.ts'],
      ['src/core/fsm/process.ts', 'valibot'],
    ],
  },
  'only tests import vitest': {
    bad: [
      ['src/testing/storage-contract.ts', 'vitest'],
      ['src/core/a.ts', '@vitest/expect'],
    ],
    good: [
      ['src/core/a.test.ts', 'vitest'],
      ['src/core/a.test-d.ts', 'vitest'],
    ],
  },
  'every import names its file or package as a literal, with its extension': {
    bad: [['src/core/a.ts', './store']],
    good: [
      ['src/core/a.ts', './store.ts'],
      ['src/core/a.ts', 'valibot'],
    ],
  },
}

const importing = (from: string, specifier: string, kind?: string) =>
  importsOf(from, `import ${kind ?? ''} { a } from '${specifier}'`)

describe('every rule can fail', () => {
  test('and has its cases', () => {
    expect(Object.keys(cases)).toEqual(rules.map(({ name }) => name))
  })
  for (const [name, { bad, good }] of Object.entries(cases)) {
    test.each(bad)(`${name}: %s may not import %s`, (from = '', to = '', kind) => {
      expect(violations(importing(from, to, kind))).toContainEqual(expect.stringMatching(name))
    })
    test.each(good)(`${name}: %s may import %s`, (from = '', to = '', kind) => {
      expect(violations(importing(from, to, kind))).toEqual([])
    })
  }
  test('a computed import is refused', () => {
    expect(violations(importsOf('src/core/a.ts', 'import(name)'))).toHaveLength(1)
  })
})

describe('cycles', () => {
  const graph = (edges: string[], kind = '') =>
    edges.flatMap((edge) => {
      const [from, to] = edge.split('>')
      return importsOf(`src/core/${from}.ts`, `import ${kind} { x } from './${to}.ts'`)
    })

  test('are found, once each, with their path', () => {
    expect(cycles(graph(['a>b', 'b>c', 'c>b', 'd>a']))).toEqual(['src/core/b.ts -> src/core/c.ts -> src/core/b.ts'])
    expect(cycles(graph(['a>a']))).toEqual(['src/core/a.ts -> src/core/a.ts'])
  })
  test('a diamond is none', () => {
    expect(cycles(graph(['a>b', 'a>c', 'b>d', 'c>d']))).toEqual([])
  })
  test('type-only imports do not count', () => {
    expect(cycles([...graph(['a>b']), ...graph(['b>a'], 'type')])).toEqual([])
  })
})

test('adapters are told apart by folder', () => {
  expect(adapterOf('src/adapters/storage/file/journal.ts')).toBe('storage/file')
  expect(adapterOf('src/adapters/storage/indexeddb.ts')).toBe('storage/indexeddb')
  expect(adapterOf('src/adapters/react/hooks.ts')).toBe('react')
  expect(adapterOf('src/core/store/store.ts')).toBeUndefined()
})
