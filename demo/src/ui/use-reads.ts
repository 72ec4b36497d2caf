import { computed } from '@preact/signals-core'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'

/** What `read` answers; the component renders again when that changes, and only then. */
export function useReads<T>(read: () => T, inputs: readonly unknown[] = []): T {
  const latest = useRef(read)
  latest.current = read
  // biome-ignore lint/correctness/useExhaustiveDependencies: what `read` closes over is named by the caller
  const cell = useMemo(() => computed(() => latest.current()), inputs)
  const [, again] = useState(0)
  useEffect(() => {
    let first = true
    return cell.subscribe(() => {
      if (!first) again((n) => n + 1)
      first = false
    })
  }, [cell])
  return cell.value
}
