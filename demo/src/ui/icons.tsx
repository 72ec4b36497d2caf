import type { Phase } from '../status.ts'

/** Each phase has a shape of its own, so that its colour is never all there is to tell it by. 16 units square. */
const shapes: Readonly<Record<Phase, string>> = {
  scheduled: 'M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zm0 1.500a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  'check-in': 'M5.5 5V3.500h5V5H13v8H3V5h2.500zM7 5h2v0H7zM4.5 6.500v5h7v-5h-7z',
  delayed:
    'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.600a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.800zM7.2 5v3.400l2.5 1.9.9-1.2-1.8-1.300V5H7.200z',
  gate: 'M3 2.500h10v11H9.800V6H6.200v7.500H3v-11z',
  boarding: 'M3 7h6.200L6.7 4.5 8 3.2 12.8 8 8 12.800l-1.3-1.300L9.2 9H3V7z',
  'last-call': 'M7 2.500h2l-.3 7H7.300L7 2.500zm1 8.300a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.600z',
  departed:
    'M2 12.500h12V14H2v-1.500zM3 8.500l1.2-.5 1.4 1 2.2-1-3-3.4 1.5-.6 4.3 2.5 2.2-1c1-.4 1.9-.1 2 .5.2.6-.4 1.2-1.3 1.600L5.7 10.9 3 8.500z',
  airborne:
    'M13.6 2.400c-.9-.9-2-.6-2.9.3L8.8 4.6 3.6 3.200l-1 1 4.3 2.4-2 2-1.7-.2-.8.8 2.1 1.2 1.2 2.1.8-.8-.2-1.7 2-2 2.4 4.3 1-1-1.4-5.2 1.9-1.900c.9-.8 1.3-1.9.4-2.800z',
  landed:
    'M2 12.500h12V14H2v-1.500zM3.2 3.500l1.5.4.6 1.6 2.3.6.2-4.1 1.5.4 2.1 4.6 2.2.6c1 .3 1.6 1 1.4 1.6-.2.6-1 .8-2 .5L3.7 6.800l-.5-3.300z',
  arrived: 'M6.6 12.3 2.5 8.200l1.3-1.3 2.8 2.8 5.6-5.6 1.3 1.3-6.9 6.900z',
  cancelled: 'M4.3 3 8 6.7 11.7 3 13 4.3 9.3 8l3.7 3.7-1.3 1.300L8 9.3 4.3 13 3 11.7 6.7 8 3 4.3 4.3 3z',
  error: 'M8 1.8 15 14H1L8 1.800zM7.2 6l.2 4h1.200l.2-4H7.200zm.8 4.800a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.800z',
}

export function PhaseIcon({ phase }: { phase: Phase }) {
  return <Icon shape={shapes[phase]} />
}

const signs = {
  play: 'M4 2.500v11l9.5-5.500L4 2.500z',
  pause: 'M3.5 2.500h3.200v11H3.500v-11zm5.8 0h3.200v11H9.300v-11z',
  jump: 'M2 3l5.5 5L2 13V3zm6.5 0L14 8l-5.5 5V3z',
  again: 'M8 2.500a5.5 5.5 0 1 1-5.3 4h1.700A3.9 3.9 0 1 0 8 4.100V6.500L4.3 3.3 8 0v2.500z',
  search:
    'M7 2a5 5 0 0 1 4 8l3.2 3.2-1.2 1.200L9.8 11A5 5 0 1 1 7 2zm0 1.600a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.800z',
  close: shapes.cancelled,
  theme: 'M8 1.500a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 3v10a5 5 0 0 1 0-10z',
  plane: shapes.airborne,
  wrench: 'M13.7 4.3 11.4 6.6 9.4 4.600l2.3-2.300a4 4 0 0 0-5.1 5.100L2 12l2 2 4.6-4.600a4 4 0 0 0 5.1-5.100z',
  warn: shapes.error,
  check: shapes.arrived,
  back: 'M13 7H6.800l2.5-2.500L8 3.2 3.2 8 8 12.800l1.3-1.300L6.8 9H13V7z',
} as const

export function Sign({ name }: { name: keyof typeof signs }) {
  return <Icon shape={signs[name]} />
}

function Icon({ shape }: { shape: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={shape} fill-rule="evenodd" />
    </svg>
  )
}
