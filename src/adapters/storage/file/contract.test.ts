import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { storageContract } from '../../../testing/storage-contract.ts'
import { type FileStorageOptions, fileStorage } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'escapement-contract-'))
afterAll(() => rmSync(root, { recursive: true }))

const flavours: Record<string, FileStorageOptions> = {
  'as it comes': {},
  'without waiting for the disk': { sync: 'never' },
  'compacting after every write': { compactAt: 1 },
  'with repair allowed': { repair: true },
}

for (const [flavour, options] of Object.entries(flavours)) {
  describe(`fileStorage ${flavour} keeps the contract`, () => {
    const make = (namespace: string) => fileStorage(join(root, flavour, namespace), options)
    for (const { name, run } of storageContract({ make, exclusive: true })) test(name, run)
  })
}
