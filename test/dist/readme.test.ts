import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { transformSync } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { root } from '../imports.ts'
import { entries } from '../package.ts'
import { install } from './install.ts'
import { checkModule, type Program, programs, withChecks } from './readme.ts'

const run = promisify(execFile)
const installed = install(['@types/node', '@types/react'])
afterAll(() => installed.remove())

const page = readFileSync(join(root, 'README.md'), 'utf8')
const found = programs(page)

/** Runs a program in a folder of its own beside the installed package; what it printed. */
async function runProgram(program: Program): Promise<string> {
  const folder = join(installed.folder, `line-${program.line}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'check.mjs'), checkModule)
  writeFileSync(
    join(folder, 'program.mjs'),
    transformSync(withChecks(program), { loader: 'ts', target: 'node20' }).code,
  )
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: folder, timeout: 60_000 })
  return stdout
}

describe('the programs of README.md', () => {
  test.each(found)('line $line runs, and shows what the page says', async (program) => {
    const printed = await runProgram(program)
    if (program.output !== undefined) expect(printed).toBe(program.output)
  })

  test('compile, and so does every entry, against the declarations users get', async () => {
    const folder = join(installed.folder, 'types')
    mkdirSync(folder)
    const imports = entries.map(({ specifier }, i) => `import type * as entry${i} from '${specifier}'`)
    const uses = entries.map((_, i) => `export type Entry${i} = typeof entry${i}`)
    writeFileSync(join(folder, 'entries.ts'), [...imports, ...uses, ''].join('\n'))
    for (const { line, code } of found) writeFileSync(join(folder, `line-${line}.ts`), `${code}\nexport {}\n`)
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: 'es2023',
      module: 'nodenext',
      types: ['node'],
      lib: ['es2023', 'dom', 'esnext.disposable'],
      skipLibCheck: false,
      noEmit: true,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const compiled = run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).catch(({ stdout }) => ({ stdout }))
    expect((await compiled).stdout).toBe('')
  })

  test('the first is at most 15 lines long, stands in the first 50 and shows its output', () => {
    const first = found[0]!
    expect(first.code.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
    expect(first.line).toBeLessThan(50)
    expect(first.output).toBeTruthy()
  })
})

describe('a page', () => {
  const checked = (code: string) => runProgram({ line: ++line, code })
  // Each its own folder.
  let line = 100_000

  test('is cut into programs, with the output that follows them', () => {
    const text = 'a\n```ts\nb\n```\n\n```text\nc\n```\n```ts\nd\n```\ne\n```text\nf\n```\n```sh\ng\n```\n'
    expect(programs(text)).toEqual([
      { line: 3, code: 'b\n', output: 'c\n' },
      { line: 10, code: 'd\n' },
    ])
  })
  test.each([
    ['1 + 2 //=> 3\n3 + 4 //=> 7'],
    ["const a: string = 'x' //=> x"],
    ['const a = { b: [1] } //=> { b: [ 1 ] }'],
    ['[1, 2].forEach((n) => console.log(n)) //=> 1\n//=> 2'],
    ['function f() {\n  console.log("→") //=> →\n}\nf()'],
    ["const f = (): never => { throw new TypeError('no, because') }\nf() //=> throws TypeError: no…"],
    ["await Promise.reject(new TypeError('no')) //=> throws TypeError: no"],
    ['const a = await Promise.resolve(1) //=> 1'],
  ])('that says the truth passes: %s', async (code) => {
    await checked(code)
  })
  test.each([
    ['1 + 2 //=> 4', 'the page says\n  4'],
    ['[1, 2].forEach((n) => console.log(n)) //=> 1', 'shows\n  1\n2'],
    ["(() => { throw new TypeError('no') })() //=> throws RangeError", 'throws TypeError: no'],
    ['1 //=> throws RangeError', 'shows\n  1'],
    ['await Promise.reject(new TypeError()) //=> 1', 'throws TypeError'],
    ['const a = 1 //=> 2\nconsole.log(a)', 'shows\n  1'],
    ['if (true) {} //=> 2', 'no expression'],
  ])('that does not is caught: %s', async (code, message) => {
    await expect(checked(code)).rejects.toThrow(message)
  })
})
