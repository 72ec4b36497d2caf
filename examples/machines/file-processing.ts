/**
 * A file is downloaded, processed and uploaded. Each step is a pair of states: the work, an auto state that requires
 * the step before, and its result, which removes the work. There is no "next step" in the code: what can go on does.
 * What is done stays done, so after a failure, or in another process that imports the clock, only the rest is done;
 * and taking back the order takes back, by `require`, all that followed from it.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine } from 'escapement'
import * as v from 'valibot'
import { pass, say, timers, work } from './story.ts'

const FileProcessing = defineMachine('file-processing', {
  Ordered: { args: v.object({ name: v.string() }) },
  Downloading: { auto: true, require: ['Ordered'] },
  Downloaded: { require: ['Ordered'], remove: ['Downloading'] },
  Processing: { auto: true, require: ['Downloaded'] },
  Processed: { require: ['Downloaded'], remove: ['Processing'] },
  Uploading: { auto: true, require: ['Processed'] },
  Uploaded: { require: ['Processed'], remove: ['Uploading'] },
  UploadFailed: { remove: ['Uploading'], timeout: { ms: 100, remove: 'UploadFailed' } },
  // Work that was under way in another process is under way no more.
  MachineRestored: { remove: ['Downloading', 'Processing', 'Uploading'] },
})

/** What survives a crash. */
const disk = { name: '', text: '', clock: '' }

function start(process: string, uploadFails = false) {
  const machine = createMachine(FileProcessing, { id: 'file', timers })
  machine.handle({
    Ordered: {
      entered({ args }) {
        disk.name = args.name
      },
    },
    Downloading: {
      async entered({ signal }) {
        say(`${process}: downloading ${disk.name}`)
        await work(100, signal)
        disk.text = 'tick tock'
        machine.add('Downloaded')
      },
    },
    Processing: {
      async entered({ signal }) {
        say(`${process}: processing "${disk.text}"`)
        await work(50, signal)
        disk.text = disk.text.toUpperCase()
        machine.add('Processed')
      },
    },
    Uploading: {
      async entered({ signal }) {
        say(`${process}: uploading "${disk.text}"`)
        await work(100, signal)
        machine.add(uploadFails ? 'UploadFailed' : 'Uploaded')
      },
    },
    Uploaded: { entered: () => say(`${process}: uploaded`), exited: () => say(`${process}: taken back`) },
    UploadFailed: { entered: () => say(`${process}: the upload failed`) },
    MachineRestored: { entered: () => machine.remove('MachineRestored') }, // The auto states are tried again.
  })
  machine.listen(() => {
    disk.clock = JSON.stringify(machine.export())
  })
  return machine
}

const first = start('first', true)
first.add('Ordered', { name: 'clock.txt' })
await pass(400)
assert.deepEqual(first.active(), ['Ordered', 'Downloaded', 'Processed', 'Uploading'])
say(`crash, ${first}`)
const { clock } = disk
first.dispose()

const second = start('second')
second.import(JSON.parse(clock))
await pass(200)
assert.deepEqual(second.active(), ['Ordered', 'Downloaded', 'Processed', 'Uploaded'])
assert.equal(second.tick('Downloading'), 2, 'downloaded once, in the first process')
say(`${second}`)

second.remove('Ordered')
assert.deepEqual(second.active(), [])
