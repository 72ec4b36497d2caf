import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { listWindow, scrollTopFor } from '../ui/list-window.ts'

interface Props {
  /** Unique in the document: names the rows for `aria-activedescendant`. */
  id: string
  label: string
  role: 'grid' | 'listbox'
  count: number
  /** The chosen row; -1 for none. */
  active: number
  onActive: (index: number, by: 'key' | 'pointer') => void
  onEnter?: (index: number) => void
  /** Stay at the end as rows come, unless scrolled away. */
  tail?: boolean
  /** Of a grid: its head, one element with the role `row`. */
  head?: ComponentChildren
  columns?: number
  children: (index: number) => ComponentChildren
  /** What to show instead of no rows. */
  empty?: ComponentChildren
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 }

/** Reads the height of a row, which is the style's business. */
const rowHeightOf = (element: HTMLElement) =>
  Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || 24

/** Height of what is seen of the rows: the head lies over them. */
const seenOf = (element: HTMLElement) =>
  element.clientHeight - (element.querySelector<HTMLElement>('.vhead')?.offsetHeight ?? 0)

/**
 * A list, or grid, of any length of which only what is seen is in the document. The focus stays on the list; the
 * chosen row is its active descendant.
 */
export function VirtualList(props: Props) {
  const { id, label, role, count, active, onActive, onEnter, tail = false, head, columns, children, empty } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [{ top, view, row }, setPort] = useState({ top: 0, view: 600, row: 24 })
  // Whoever scrolls away from the end wants to read; whoever comes back wants to follow.
  const stuck = useRef(true)
  const shownActive = useRef(-2)

  useLayoutEffect(() => {
    const element = scroller.current!
    const measure = () =>
      setPort((port) => ({ ...port, view: seenOf(element) || port.view, row: rowHeightOf(element) }))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  useLayoutEffect(() => {
    const element = scroller.current!
    if (tail && stuck.current) element.scrollTop = element.scrollHeight
    else if (!tail && active >= 0 && active !== shownActive.current) {
      element.scrollTop = scrollTopFor(active, count, row, element.scrollTop, seenOf(element))
    }
    shownActive.current = active
    if (element.scrollTop !== top) setPort((port) => ({ ...port, top: element.scrollTop }))
  })
  useLayoutEffect(() => {
    if (tail) stuck.current = true
  }, [tail])

  const move = (to: number) => {
    if (count) onActive(Math.max(0, Math.min(count - 1, to)), 'key')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target !== event.currentTarget) return
    const page = Math.max(1, Math.floor(view / row) - 1)
    const from = active < 0 ? (tail ? count : -1) : active
    const by = STEPS[event.key]
    if (by !== undefined) move(from + by)
    else if (event.key === 'PageUp') move(from - page)
    else if (event.key === 'PageDown') move(from + page)
    else if (event.key === 'Home') move(0)
    else if (event.key === 'End') move(count - 1)
    else if (event.key === 'Enter' && active >= 0) onEnter?.(active)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const { from, to, offset, height } = listWindow(count, row, top, view)
  const rows = []
  for (let i = from; i < to; i++) {
    rows.push(
      <div
        key={i}
        id={`${id}-${i}`}
        class="vrow"
        role={role === 'grid' ? 'row' : 'option'}
        aria-rowindex={role === 'grid' ? i + (head ? 2 : 1) : undefined}
        aria-setsize={role === 'listbox' ? count : undefined}
        aria-posinset={role === 'listbox' ? i + 1 : undefined}
        aria-selected={i === active}
        onClick={() => onActive(i, 'pointer')}
      >
        {children(i)}
      </div>,
    )
  }
  const isSeen = active >= from && active < to
  return (
    <div class="vlist" role="presentation">
      <div
        ref={scroller}
        class="vscroll"
        tabIndex={0}
        role={role}
        aria-label={label}
        aria-rowcount={role === 'grid' ? count + (head ? 1 : 0) : undefined}
        aria-colcount={role === 'grid' ? columns : undefined}
        aria-activedescendant={isSeen ? `${id}-${active}` : undefined}
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          const element = event.currentTarget
          stuck.current = element.scrollTop + element.clientHeight >= element.scrollHeight - row
          setPort((port) => ({ ...port, top: element.scrollTop }))
        }}
      >
        {head && (
          <div class="vhead" role="rowgroup">
            {head}
          </div>
        )}
        <div class="vspace" role={role === 'grid' ? 'rowgroup' : 'presentation'} style={{ height: `${height}px` }}>
          <div class="vrows" role="presentation" style={{ transform: `translateY(${offset}px)` }}>
            {rows}
          </div>
        </div>
        {count === 0 && empty}
      </div>
    </div>
  )
}
