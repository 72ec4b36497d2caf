/** What the "Break it" menu does to storage, where the store lives. Nothing of it is for anything but a demonstration. */

let put: IDBObjectStore['put'] | undefined

/** Lets every write of this page (or worker) fail as if the quota were used up, or mends that. */
export function fillDisk(full: boolean): void {
  put ??= IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = full
    ? () => {
        throw new DOMException('The quota is used up.', 'QuotaExceededError')
      }
    : put
}

/** Writes nonsense into a stored row, past the store and all its checks: what a bug of an older version may have left. */
export async function spoil(database: string, key: string): Promise<void> {
  const connection = await answer(indexedDB.open(database))
  try {
    const store = connection.transaction('entries', 'readwrite').objectStore('entries')
    const entry = (await answer(store.get(key))) as { d: object } | undefined
    if (entry) await answer(store.put({ ...entry, d: { ...entry.d, gate: 'behind the fountain', delay: 'some' } }, key))
  } finally {
    connection.close()
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
