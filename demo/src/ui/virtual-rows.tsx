import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** A list of which only what is seen exists. */
export interface VirtualRowsProps {
  readonly count: number
  /** The row that holds the focus: it exists even out of sight, so that the focus is never lost. */
  readonly kept: number
  /** Pixels, of every row. */
  readonly height: number
  readonly row: (index: number, top: number) => ComponentChildren
  readonly onKeyDown: (event: KeyboardEvent, page: number) => void
}

/** Rows beyond each edge, for scrolling faster than drawing. */
const spare = 4

/**
 * Rows of one height. They are moved by transforms, so that scrolling lays out nothing, and only when a row comes or
 * goes is anything rendered.
 */
export function VirtualRows({ count, kept, height, row, onKeyDown }: VirtualRowsProps) {
  const box = useRef<HTMLDivElement>(null)
  const [{ first, seen }, setSeen] = useState({ first: 0, seen: 24 })
  const look = () => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {}
    const next = { first: Math.floor(scrollTop / height), seen: Math.ceil(clientHeight / height) + 1 }
    setSeen((old) => (old.first === next.first && old.seen === next.seen ? old : next))
  }
  // Rows of another height are other rows.
  useLayoutEffect(() => {
    look()
    const observer = new ResizeObserver(look)
    observer.observe(box.current as Element)
    return () => observer.disconnect()
  }, [height])
  const from = Math.max(0, Math.min(first, count - seen) - spare)
  const to = Math.min(count, first + seen + spare)
  const indexes = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
  if (kept >= 0 && kept < count && (kept < from || kept >= to)) indexes.push(kept)
  return (
    <div class="rows" ref={box} onScroll={look} role="rowgroup" onKeyDown={(event) => onKeyDown(event, seen - 2)}>
      <div class="rows-all" role="presentation" style={{ height: `${count * height}px` }}>
        {indexes.map((index) => row(index, index * height))}
      </div>
    </div>
  )
}

/** Brings a row into view, with as little movement as can be. */
export function reveal(box: Element | null, index: number, height: number): void {
  if (!box) return
  const [top, bottom] = [index * height, (index + 1) * height]
  if (top < box.scrollTop) box.scrollTop = top
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight
}
