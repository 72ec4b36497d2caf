import { createMachine, defineMachine } from '../../../src/core/index.ts'
import { connectDevtools } from '../../../src/devtools/index.ts'

connectDevtools()
const Job = defineMachine('job', {
  Idle: { auto: true, remove: ['Busy'] },
  Busy: { remove: ['Idle'] },
  Done: { multi: true },
})
const job = createMachine(Job, { id: 'job' })

addEventListener('message', () => {
  job.add('Busy')
  job.add('Done')
  job.remove('Busy')
})
job.add('Idle')
