import { createMachine, defineMachine, exclusive } from '../../../src/core/index.ts'
import { connectDevtools } from '../../../src/devtools/index.ts'

connectDevtools()
const phases = exclusive('Scheduled', 'Boarding', 'Departed', 'Landed', 'Cancelled')
const Flight = defineMachine(
  'flight',
  { ...phases, Delayed: { remove: ['Landed', 'Cancelled'] }, GateOpen: { require: ['Boarding'] } },
  { groups: { phase: phases } },
)
const AIRLINES = ['LH', 'BA', 'AF', 'KL', 'LO', 'SK']
const flights = Array.from({ length: 2000 }, (_, i) =>
  createMachine(Flight, { id: `${AIRLINES[i % AIRLINES.length]} ${1000 + i}` }),
)
let seed = 7
// xorshift: the same flights on every run.
const random = (n: number) => {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return (seed >>> 0) % n
}
for (const flight of flights) flight.add('Scheduled')

function step(flight: (typeof flights)[number]) {
  switch (random(6)) {
    case 0:
      return flight.add('Boarding')
    case 1:
      return flight.add('GateOpen')
    case 2:
      return flight.add('Departed')
    case 3:
      return flight.add('Landed')
    case 4:
      return flight.add('Delayed')
    default:
      return flight.add('Scheduled')
  }
}
const lab = {
  flights,
  run(rows: number) {
    for (let i = 0; i < rows; i++) step(flights[random(flights.length)]!)
  },
}
Object.assign(globalThis, { lab })
export type ManyLab = typeof lab
