import { useStoreValue } from 'escapement/preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { facts } from '../dataset.ts'
import { problemsOf } from '../form-fields.ts'
import { failureWords } from '../refusal.ts'
import { phaseOf } from '../status.ts'
import { useApp } from './context.ts'
import { Sign } from './icons.tsx'

/** Ways to break the board, each of which it must survive, and say so. */
export function BreakIt() {
  const { board } = useApp()
  const [open, setOpen] = useState(false)
  const [said, setSaid] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const full = useStoreValue(() => board.reads.controls.storageFull)
  useEffect(() => {
    if (!open) return
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', away)
    return () => removeEventListener('pointerdown', away)
  }, [open])
  const ways = useWays(setSaid, () => setOpen(false))
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what is open inside
    <div
      class="break-it"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        setOpen(false)
        box.current?.querySelector('button')?.focus()
      }}
    >
      <button type="button" class="button" aria-expanded={open} aria-controls="ways" onClick={() => setOpen(!open)}>
        <Sign name="wrench" /> Break it
      </button>
      <div class="ways" id="ways" hidden={!open}>
        {ways.map(({ name, about, run }) => (
          <button
            key={name}
            type="button"
            class="way"
            onClick={() => void run().catch((error) => setSaid(failureWords(error)))}
          >
            <b>{name === 'Full disk' && full ? 'Make room on the disk' : name}</b>
            <span>{about}</span>
          </button>
        ))}
        <p class="ways-said" role="status">
          {said}
        </p>
      </div>
    </div>
  )
}

interface Way {
  readonly name: string
  readonly about: string
  readonly run: () => Promise<void>
}

/** `leave`: what happens next is seen on the page, on which the menu lies. */
function useWays(say: (text: string) => void, leave: () => void): readonly Way[] {
  const { announce, board, overview, view } = useApp()
  /** The flight that is open, or one that has not boarded. */
  const victim = () => {
    const route = view.route.peek()
    if (route.page === 'flight') return route.id
    return (
      facts.find((_, index) => ['scheduled', 'check-in', 'gate'].includes(overview.phase(index) ?? ''))?.id ?? 'E0001'
    )
  }
  const role = useStoreValue(() => board.reads.home.role)
  const ways: readonly (Way | false)[] = [
    {
      name: 'Write bad data',
      about: 'A gate that is none, a delay that is no number: the model refuses both, and changes neither.',
      run: async () => {
        const id = victim()
        try {
          await board.edit(id, { gate: '13th floor', delay: Number.NaN })
          say('It was accepted. That should not be.')
        } catch (error) {
          say(`${id} refused: ${Object.values(problemsOf(error)).join('; ')}.`)
        }
      },
    },
    {
      name: 'Spoil stored data',
      about: 'Writes nonsense past the store into the database, and reloads: it is put aside, and the flight restored.',
      run: async () => {
        await board.spoil(victim())
        location.reload()
      },
    },
    {
      name: 'Full disk',
      about: 'Every write to storage fails until there is room again. Nothing is lost meanwhile.',
      run: async () => {
        const full = !board.reads.controls.storageFull
        await board.control({ storageFull: full })
        say(full ? 'The disk is full. Fly on, then make room.' : 'There is room again.')
      },
    },
    // Handlers run in the tab that flies, and so must their faults.
    role !== 'mirror' && {
      name: 'A handler that throws',
      about: 'The boarding of one flight fails. Its machine takes the step back and says Exception; the others fly on.',
      run: async () => {
        const id = victim()
        await board.control({ throwing: id })
        for (const state of ['Gate', 'Boarding'] as const) await board.mutate(id, 'add', state)
        await board.control({ throwing: '' })
        const status = board.reads.statuses.get(id)
        announce(status && phaseOf(status) === 'error' ? `${id} has an error.` : `${id} could not board.`)
        leave()
        view.go({ page: 'flight', id })
      },
    },
    board.worker !== undefined && {
      name: 'Kill the worker',
      about: 'The store dies with it. The page says so, keeps what it last knew, and another can take its place.',
      run: async () => {
        leave()
        board.worker?.kill()
      },
    },
  ]
  return ways.filter((way) => way !== false)
}
