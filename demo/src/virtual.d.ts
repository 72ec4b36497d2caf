/// <reference types="vite/client" />
declare module 'virtual:flights' {
  const data: {
    /** Minutes since midnight, minutes late, miles, from, to. */
    readonly flights: readonly (readonly [number, number, number, string, string])[]
    /** Code, name, city, state, longitude, latitude. */
    readonly airports: readonly (readonly [string, string, string, string, number, number])[]
  }
  export default data
}

declare module 'virtual:outline' {
  const outline: {
    /** Coastlines and borders as closed rings, drawn filled: x, y, dx, dy, dx, dy, … in tenths of the map's units. */
    readonly land: readonly (readonly number[])[]
    /** Borders between states, likewise, not closed. */
    readonly borders: readonly (readonly number[])[]
  }
  export default outline
}
