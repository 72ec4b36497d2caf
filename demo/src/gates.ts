/** The gate a flight is given in the morning. The data names none, so these are ours: always the same for the same flight. */
export function gateOf(number: number): string {
  // Spread by the golden ratio, so that neighbours on the board stand far apart.
  const at = Math.floor(((number * 0.618_033_988_75) % 1) * 8 * 28)
  return `${'ABCDEFGH'[Math.floor(at / 28)]}${(at % 28) + 1}`
}
