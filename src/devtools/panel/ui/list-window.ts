// Browsers stop laying out somewhere above 16 million pixels; past this the scroll bar stands for more than it measures.
const TALLEST = 8_000_000

/** What of a long list is in the document. */
export interface ListWindow {
  /** First row shown, and the first one not shown. */
  readonly from: number
  readonly to: number
  /** Pixels from the top of the scrolled content to row `from`. */
  readonly offset: number
  /** Height of the scrolled content. */
  readonly height: number
}

const heightOf = (count: number, rowHeight: number) => Math.min(count * rowHeight, TALLEST)

/** How many rows one pixel of scrolling stands for, beyond what it measures: 1 for all but very long lists. */
function stretch(count: number, rowHeight: number, view: number): number {
  const height = heightOf(count, rowHeight)
  return height <= view ? 1 : (count * rowHeight - view) / (height - view)
}

/**
 * Which rows of equal height a scrolled view shows, and where. Pure; costs nothing whatever `count` is.
 *
 * @param view Height of the view in pixels.
 * @param overscan Rows to keep ready above and below.
 */
export function listWindow(
  count: number,
  rowHeight: number,
  scrollTop: number,
  view: number,
  overscan = 6,
): ListWindow {
  const height = heightOf(count, rowHeight)
  const top = Math.max(0, Math.min(scrollTop, height - view))
  const real = top * stretch(count, rowHeight, view)
  const first = Math.floor(real / rowHeight)
  const from = Math.max(0, Math.min(first - overscan, count))
  const to = Math.min(count, first + Math.ceil(view / rowHeight) + 1 + overscan)
  // Rows move with the real position, so that they scroll by pixels even where the bar stands for more.
  return { from, to: Math.max(from, to), offset: top + (from * rowHeight - real), height: Math.max(height, 0) }
}

/** The scroll position that shows row `index`, moving as little as needed. */
export function scrollTopFor(index: number, count: number, rowHeight: number, scrollTop: number, view: number): number {
  const factor = stretch(count, rowHeight, view)
  const real = scrollTop * factor
  const top = index * rowHeight
  if (top < real) return top / factor
  if (top + rowHeight > real + view) return (top + rowHeight - view) / factor
  return scrollTop
}
