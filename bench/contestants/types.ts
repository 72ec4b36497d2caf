import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Skip, type Trial } from '../scenario.ts'

const STATES = 150
const NAMES = Array.from({ length: STATES }, (_, i) => `State${i}`)
const next = (i: number) => NAMES[(i + 1) % STATES]!

/** `tsc` over two files, with and without the definition; what is reported is the difference of their check times. */
function checking(imports: string, body: string): Trial {
  mkdirSync('.data', { recursive: true })
  const directory = mkdtempSync('.data/types-')
  const tsc = compiler()
  const check = (name: string, text: string) => {
    const file = `${directory}/${name}.ts`
    writeFileSync(file, text)
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler']
    const { stdout } = spawnSync(
      process.execPath,
      [
        tsc,
        file,
        ...options,
        '--target',
        'es2022',
        '--lib',
        'es2023,dom',
        '--types',
        '',
        '--ignoreConfig',
        '--extendedDiagnostics',
      ],
      { encoding: 'utf8' },
    )
    const time = /Check time:\s*([\d.]+)s/.exec(stdout)
    if (!time) throw new Error(stdout.slice(0, 500))
    return { ms: Number(time[1]) * 1000, errors: stdout.split(/error TS/).length - 1, stdout }
  }
  const found = { errors: 0 }
  return {
    run(from, to) {
      let ms = 0
      for (let step = from; step < to; step++) {
        const empty = check('empty', `${imports}\nexport {}\n`)
        const full = check('full', `${imports}\n${body}\n`)
        found.errors = full.errors - empty.errors
        ms += Math.max(full.ms - empty.ms, 0.01)
      }
      return ms
    },
    outcome: () => found,
    close: () => rmSync(directory, { recursive: true }),
  }
}

function compiler(): string {
  try {
    return `${dirname(createRequire(import.meta.url).resolve('typescript/package.json'))}/bin/tsc`
  } catch {
    throw new Skip('no typescript')
  }
}

// Each body has one misspelt state: a definition whose names are not checked is other work.

export function escapement(): Trial {
  const states = NAMES.map((name, i) => `  ${name}: { require: ['Start'], remove: ['${next(i)}'], add: [] },`)
  const calls = NAMES.flatMap((name) => [`machine.add('${name}')`, `machine.remove(['${name}', 'Start'])`])
  return checking(
    `import { createMachine, defineMachine } from 'escapement'`,
    `const definition = defineMachine('large', {\n  Start: {},\n${states.join('\n')}\n})
export const machine = createMachine(definition)\n${calls.join('\n')}\nmachine.add('Stat0')`,
  )
}

export function xstate(): Trial {
  const states = NAMES.map((name, i) => `  ${name}: { on: { ${next(i)}: '${next(i)}' } },`)
  const calls = NAMES.flatMap((name) => [`actor.send({ type: '${name}' })`, `actor.getSnapshot().matches('${name}')`])
  const events = NAMES.map((name) => `{ type: '${name}' }`).join(' | ')
  return checking(
    `import { createActor, setup } from 'xstate'`,
    `const machine = setup({ types: { events: {} as ${events} } }).createMachine({ initial: '${NAMES[0]}', states: {\n${states.join('\n')}\n} })
export const actor = createActor(machine)\n${calls.join('\n')}\nactor.send({ type: 'Stat0' })`,
  )
}

export function unions(): Trial {
  const calls = NAMES.flatMap((name) => [`add('${name}')`, `remove(['${name}'])`])
  return checking(
    '',
    `type State = ${NAMES.map((name) => `'${name}'`).join(' | ')}
declare function add(state: State): void
declare function remove(states: State[]): void\nexport type { State }\n${calls.join('\n')}\nadd('Stat0')`,
  )
}
