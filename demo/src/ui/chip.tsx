import { type Phase, phaseWords } from '../status.ts'
import { PhaseIcon } from './icons.tsx'

/** The phase of a flight: a shape, a colour, and the word. */
export function Chip({ phase }: { phase: Phase }) {
  return (
    <span class={`chip chip-${phase}`} key={phase}>
      <PhaseIcon phase={phase} />
      {phaseWords[phase]}
    </span>
  )
}
