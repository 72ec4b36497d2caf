import { useStoreValue } from 'escapement/preact'
import { airports, facts } from '../dataset.ts'
import { useApp } from './context.ts'
import { sameParts } from './same-parts.ts'

const busiest = airports.slice(0, 16)
const departing = new Map<string, number>()
for (const { origin } of facts) departing.set(origin, (departing.get(origin) ?? 0) + 1)

/** The busiest airports. Their totals are written by the transitions they count, in the same commits. */
export function AirportTable() {
  return (
    <section class="panel airports" aria-label="Airports" id="airports">
      <div class="scroll">
        <table>
          <caption class="quiet">Flights of the day so far, of the airports with the most flights</caption>
          <thead>
            <tr>
              <th scope="col">Airport</th>
              <th scope="col" class="number">
                Departed
              </th>
              <th scope="col" class="number">
                Arrived
              </th>
              <th scope="col" class="number cell-cancelled">
                Cancelled
              </th>
              <th scope="col" class="number">
                Average delay
              </th>
            </tr>
          </thead>
          <tbody>
            {busiest.map(({ code, city }) => (
              <AirportRow key={code} code={code} city={city} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function AirportRow({ code, city }: { code: string; city: string }) {
  const { board, view } = useApp()
  const airport = useStoreValue(() => {
    const found = board.reads.airports.get(code)
    return {
      departures: found?.departures ?? 0,
      arrivals: found?.arrivals ?? 0,
      cancelled: found?.cancelled ?? 0,
      delay: found?.averageDelay ?? 0,
    }
  }, sameParts)
  const all = departing.get(code) ?? 0
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          class="link"
          onClick={() => {
            view.words.value = code
            view.filter.value = 'all'
            view.go({ page: 'board' })
          }}
        >
          <span class="code">{code}</span> <span class="city">{city}</span>
        </button>
      </th>
      <td class="number">
        {airport.departures}
        <small> / {all}</small>
        <span
          class="share"
          aria-hidden="true"
          style={{ transform: `scaleX(${all === 0 ? 0 : airport.departures / all})` }}
        />
      </td>
      <td class="number">{airport.arrivals}</td>
      <td class="number cell-cancelled">{airport.cancelled}</td>
      <td class={`number${airport.delay > 15 ? ' late' : ''}`}>{airport.delay.toFixed(1).replace('-', '−')} min</td>
    </tr>
  )
}
