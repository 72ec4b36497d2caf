/** Minutes of a day as a board says them: 07:05; past midnight the hours begin again. */
export function clockText(minutes: number): string {
  const whole = Math.floor(minutes)
  const hours = Math.floor(whole / 60) % 24
  return `${two(hours)}:${two(whole % 60)}`
}

/** A time as somebody writes it in an address, in minutes; undefined when it is none. */
export function readTime(text: string | null): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d\d)$/.exec(text ?? '') ?? []
  if (hours === undefined || Number(hours) > 29 || Number(minutes) > 59) return undefined
  return Number(hours) * 60 + Number(minutes)
}

/** A delay in words, the sign in front: +25 min, on time, −4 min. */
export function delayText(minutes: number): string {
  if (minutes === 0) return 'on time'
  return `${minutes > 0 ? '+' : '−'}${Math.abs(Math.round(minutes))} min`
}

const two = (number: number) => String(number).padStart(2, '0')
