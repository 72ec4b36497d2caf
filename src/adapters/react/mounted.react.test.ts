import { signal } from '@preact/signals-core'
import {
  act,
  createElement,
  type ReactNode,
  StrictMode,
  Suspense,
  startTransition,
  use,
  useEffect,
  useLayoutEffect,
  useState,
} from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import * as v from 'valibot'
import { beforeEach, expect, test, vi } from 'vitest'
import { collection, createMachine, createStore, defineMachine, defineModel } from '../../core/index.ts'
import { StoreProvider, useMachine, useModel, useStore, useStoreValue } from './index.ts'

// What is React's own: StrictMode, concurrent rendering, hydration. The rest is in the contract of all bindings.
const acting = (on: boolean) => {
  ;(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = on
}
acting(true)

const Connection = defineMachine('connection', { Connected: {}, Message: { multi: true } })
const Counter = defineModel('counter', { n: v.number() }, { initial: { n: 0 } })
const Counters = collection(Counter)

let host: HTMLElement
let root: Root
beforeEach(() => {
  host = document.createElement('div')
  root = createRoot(host)
})
const render = (node: ReactNode) => act(async () => root.render(node))

test('StrictMode: renders and effects that run twice leave one subscription, and none at the end', async () => {
  const live = { count: 0 }
  const cell = signal(0, { watched: () => void live.count++, unwatched: () => void live.count-- })
  const machine = createMachine(Connection)
  const Shown = () => `${useStoreValue(() => cell.value)} ${useMachine(machine, (c) => c.is('Connected'))}`
  await render(createElement(StrictMode, null, createElement(Shown)))
  expect([host.textContent, live.count]).toEqual(['0 false', 1])
  await act(async () => {
    cell.value = 1
    machine.add('Connected')
  })
  expect([host.textContent, live.count]).toEqual(['1 true', 1])
  await act(async () => root.unmount())
  expect(live.count).toBe(0)
})

test('what an inline selector closes over is honoured, without subscribing anew', async () => {
  const log: string[] = []
  const cells = ['a', 'b'].map((name) =>
    signal(name, { watched: () => void log.push(`+${name}`), unwatched: () => void log.push(`-${name}`) }),
  )
  let choose: (i: number) => void = () => {}
  let rerender: (n: number) => void = () => {}
  let renders = 0
  const Shown = () => {
    renders++
    const [i, setI] = useState(0)
    rerender = useState(0)[1]
    choose = setI
    return useStoreValue(() => cells[i]!.value)
  }
  await render(createElement(Shown))
  for (let n = 1; n <= 3; n++) await act(async () => rerender(n))
  expect([host.textContent, renders, log]).toEqual(['a', 4, ['+a']])
  await act(async () => choose(1))
  expect([host.textContent, log]).toEqual(['b', ['+a', '+b', '-a']])
  await act(async () => {
    cells[0]!.value = 'A'
  })
  expect(renders).toBe(5)
  await act(async () => {
    cells[1]!.value = 'B'
  })
  expect([host.textContent, renders]).toEqual(['B', 6])
})

/**
 * Renders seven leaves in a transition that yields after each, and writes twice in between; every page that a user
 * could have seen, as what its leaves say.
 */
async function pagesOfInterruptedTransition(
  useN: (counter: { n: number; listen(fn: () => void): () => void }) => number,
) {
  const counter = createStore({ state: [Counter] }).get(Counter)
  const pages: string[] = []
  const see = () => void pages.push([...host.querySelectorAll('i')].map((leaf) => leaf.textContent).join(''))
  const write = () => {
    counter.n++
  }
  // Each leaf takes as long as React's scheduler gives before it yields.
  let now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  const writing = new Set([2, 4])
  const Leaf = ({ i }: { i: number }) => {
    now += 10
    // Before the scheduler goes on: it has asked for its turn by the same means, later.
    if (writing.delete(i)) setImmediate(write)
    const n = useN(counter)
    useLayoutEffect(see)
    return createElement('i', null, n)
  }
  let open: (on: boolean) => void = () => {}
  const Tree = () => {
    const [on, set] = useState(false)
    open = set
    return on ? Array.from({ length: 6 }, (_, i) => createElement(Leaf, { key: i, i })) : 'closed'
  }
  // One leaf is on the page from the start, and must agree with the others.
  await render([createElement(Leaf, { key: 'first', i: -1 }), createElement(Tree, { key: 'tree' })])
  acting(false)
  startTransition(() => open(true))
  for (let turn = 0; turn < 100; turn++) {
    await new Promise((next) => setImmediate(next))
    see()
  }
  acting(true)
  clock.mockRestore()
  expect([writing.size, counter.n]).toEqual([0, 2])
  return pages
}

test('a transition that is interrupted by writes shows no page of two minds', async () => {
  const pages = await pagesOfInterruptedTransition((counter) => useModel(counter, (c) => c.n))
  for (const page of pages) expect(page).toMatch(/^(\d)\1*$/)
  expect(pages.at(-1)).toBe('2222222')
  // Some page was seen between the writes: the transition did yield.
  expect(pages).toContain('1')
})

test('and one would be seen', async () => {
  const pages = await pagesOfInterruptedTransition((counter) => {
    const [, rerender] = useState(0)
    useEffect(() => counter.listen(() => rerender((n) => n + 1)), [counter])
    return counter.n
  })
  expect(pages.some((page) => !/^(\d)\1*$/.test(page))).toBe(true)
})

test('a component that suspends and comes back shows what was written meanwhile', async () => {
  const counter = createStore({ state: [Counter] }).get(Counter)
  let resolve: (text: string) => void = () => {}
  const promise = new Promise<string>((done) => {
    resolve = done
  })
  const Slow = () => `${useModel(counter, (c) => c.n)} ${use(promise)}`
  await render(createElement(Suspense, { fallback: 'wait' }, createElement(Slow)))
  expect(host.textContent).toBe('wait')
  await act(async () => {
    counter.n = 5
  })
  await act(async () => resolve('done'))
  expect(host.textContent).toBe('5 done')
  await act(async () => {
    counter.n = 6
  })
  expect(host.textContent).toBe('6 done')
})

test('hydrates over the HTML of a server, and goes on from there', async () => {
  const { renderToString } = await import('react-dom/server')
  const warned = vi.spyOn(console, 'error')
  const App = () => {
    const ids = useModel(Counters, (all) => all.ids)
    return createElement('ul', null, ...ids.map((id) => createElement('li', null, id)))
  }
  const server = createStore({ state: [Counters] })
  server.get(Counters).add({}, 'a')
  const html = renderToString(createElement(StoreProvider, { store: server }, createElement(App)))
  const store = createStore({ state: [Counters], snapshot: server.snapshot() })
  const host = document.createElement('div')
  host.innerHTML = html
  await act(async () => hydrateRoot(host, createElement(StoreProvider, { store }, createElement(App))))
  expect(host.innerHTML).toBe('<ul><li>a</li></ul>')
  await act(async () => void store.get(Counters).add({}, 'b'))
  expect(host.innerHTML).toBe('<ul><li>a</li><li>b</li></ul>')
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

test('useStore gives the nearest store', async () => {
  const [outer, inner] = [createStore({ name: 'outer' }), createStore({ name: 'inner' })]
  const Name = () => useStore().name
  const tree = createElement(
    StoreProvider,
    { store: outer },
    createElement(Name),
    createElement(StoreProvider, { store: inner }, createElement(Name)),
  )
  await render(tree)
  expect(host.textContent).toBe('outerinner')
})
