// `version` and `files` stand above: the build wrote them.
const cacheName = `flight-board-${version}`

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  const others = (names) => names.filter((name) => name.startsWith('flight-board-') && name !== cacheName)
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(others(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

// Files have their content's hash in their names, so what is kept is never stale; the page itself is asked for first.
self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return
  const kept = () => caches.match(request, { ignoreSearch: true })
  event.respondWith(
    request.mode === 'navigate'
      ? fetch(request).catch(() => caches.match('./'))
      : kept().then((response) => response ?? fetch(request)),
  )
})
