import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { root } from '../imports.ts'
import { entries, files, manifest } from '../package.ts'
import { install } from './install.ts'
import { exportedNames } from './surface.ts'

const run = promisify(execFile)
const installed = install()
afterAll(() => installed.remove())

/** Runs a tool of the project; its output and exit code. */
async function tool(name: string, ...args: string[]): Promise<{ code: number; output: string }> {
  try {
    const { stdout } = await run(join(root, 'node_modules/.bin', name), args, { maxBuffer: 1 << 26 })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string }
    return { code, output: stdout }
  }
}

describe('the packed tarball', () => {
  test('holds the code, its types and its papers, and no tests', async () => {
    const { stdout } = await run('tar', ['-tzf', installed.tarball])
    const packed = stdout.trim().split(/\r?\n/)
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', ...files.data].map((file) => `package/${file}`)
    expect(packed).toEqual(expect.arrayContaining([...papers, ...files.bin.map((file) => `package/${file}`)]))
    const code = /^package\/dist\/.+\.(js|js\.map|d\.ts)$/
    const panel = /^package\/dist\/devtools\/panel\/(index\.html|assets\/[\w-]+\.(js|css|svg))$/
    const strays = packed.filter((file) => !papers.includes(file) && !code.test(file) && !panel.test(file))
    expect(packed).toEqual(
      expect.arrayContaining(['agent.js', 'panel/index.html'].map((file) => `package/dist/devtools/${file}`)),
    )
    const tests = packed.filter((file) => /\.(test|test-d|bench|oracle)\.|\/fixtures\//.test(file))
    expect([...strays, ...tests]).toEqual([])
  })
  test('is what publint wants', async () => {
    expect(await tool('publint', 'run', installed.tarball, '--strict')).toMatchObject({ code: 0 })
  })
  test('has types that resolve for everyone who can import ESM', async () => {
    const { code, output } = await tool('attw', installed.tarball, '--profile', 'esm-only', '--format', 'json')
    expect({ code, problems: JSON.parse(output).problems }).toEqual({ code: 0, problems: expect.anything() })
  })
})

describe('the public surface is the one of the snapshot', () => {
  test('at run time', async () => {
    const names: Record<string, string[]> = {}
    for (const { specifier } of entries) {
      const { stdout } = await node(`console.log(JSON.stringify(Object.keys(await import('${specifier}'))))`)
      names[specifier] = JSON.parse(stdout)
    }
    expect(names).toMatchSnapshot()
  })
  test('in the types', () => {
    const names = entries.map(({ specifier, types }) => [specifier, exportedNames(join(root, types))])
    expect(Object.fromEntries(names)).toMatchSnapshot()
  })
})

const node = (program: string, ...flags: string[]) =>
  run(process.execPath, [...flags, '--input-type=module', '--eval', program], { cwd: installed.folder })

/** A program that runs `code` and prints what it left behind in a bare Node process. */
const footprint = (code: string, first: readonly string[] = []) => `
  import { createHook } from 'node:async_hooks'
${first.map((name) => `  import '${name}'\n`).join('')}  // Also what is unref'ed, which getActiveResourcesInfo() leaves out. Promises and file reads are the loader's own.
  const ours = (type) => !/PROMISE|FS|FILE|CloseReq|TickObject/i.test(type)
  const made = new Set()
  createHook({ init: (_, type) => ours(type) && made.add(type) }).enable()
  const seen = () => ({
    globals: Reflect.ownKeys(globalThis).map(String).sort(),
    resources: [...made, ...process.getActiveResourcesInfo().filter(ours)].sort(),
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)].join()).sort(),
    prototypes: [Object, Array, Function, Promise, Map, Set, String].map((c) => Reflect.ownKeys(c.prototype).length),
  })
  const before = seen()
  ${code}
  const after = seen()
  const changed = Object.keys(before).filter((key) => String(before[key]) !== String(after[key]))
  console.log(JSON.stringify(Object.fromEntries(changed.map((key) => [key, after[key]]))))`

test.each(files.bin)('%s runs where only the package is installed', async (bin) => {
  const { stdout } = await run(process.execPath, [join('node_modules/escapement', bin), '--help'], {
    cwd: installed.folder,
  })
  expect(stdout).toContain('escapement')
})

/** What a binding imports of its framework: what that does to globals is not ours. */
const frameworkOf = (runtime: string) =>
  [...readFileSync(join(root, runtime), 'utf8').matchAll(/ from "([^".][^"]*)"/g)]
    .flatMap(([, name = '']) => name)
    .filter((name) => (name.split('/')[0] as string) in manifest.peerDependenciesMeta)

describe('importing touches nothing', () => {
  test.each(entries)('$specifier', async ({ specifier, runtime }) => {
    const program = footprint(`await import('${specifier}')`, frameworkOf(runtime))
    const { stdout, stderr } = await node(program, '--trace-warnings')
    expect({ changed: JSON.parse(stdout), stderr }).toEqual({ changed: {}, stderr: '' })
  })
  test.each([
    ['a timer', 'setTimeout(() => {}, 1000).unref()', 'resources'],
    ['a channel', "new BroadcastChannel('mine').unref()", 'resources'],
    ['a global', 'globalThis.mine = 1', 'globals'],
    ['a listener', "process.on('exit', () => {})", 'listeners'],
    ['a method on a prototype', 'Array.prototype.mine = 1', 'prototypes'],
  ])('and %s would be seen', async (_, code, where) => {
    expect(Object.keys(JSON.parse((await node(footprint(code))).stdout))).toEqual([where])
  })
})
