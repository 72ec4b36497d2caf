import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { grouped, journalImage, numberedCommits, replay, snapshotImage } from './fixtures/image.ts'
import { formatLine, JOURNAL, sealLines } from './line.ts'
import { type Loaded, type Recovery, recover } from './recovery.ts'

const file = (kind: string, number: number, bytes: Buffer): Loaded => ({ name: `${kind}-${number}`, number, bytes })
const ofJournal = (bytes: Buffer) => recover({ snapshot: undefined, journals: [file('journal', 1, bytes)] })
const states = (commits: ReturnType<typeof numberedCommits>) =>
  Array.from({ length: commits.length + 1 }, (_, count) => replay(commits, count))

/** Flips one bit, looks, flips it back. */
function eachFlip(bytes: Buffer, from: number, to: number, look: (at: string) => void): void {
  for (let at = from; at < to; at++) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      bytes[at]! ^= bit
      look(`byte ${at}, bit ${bit}`)
      bytes[at]! ^= bit
    }
  }
}

describe('a write that was interrupted', () => {
  test('cut at any byte, the journal reads as some whole number of commits, and as many as are whole', () => {
    const commits = numberedCommits(200)
    const { bytes, ends } = journalImage(grouped(commits, 9))
    const after = states(commits)
    let whole = 0
    for (let length = 0; length <= bytes.length; length++) {
      while (ends[whole + 1]! <= length) whole++
      const found = ofJournal(bytes.subarray(0, length))
      const good = length < ends[0]! ? 0 : ends[whole]!
      const ok =
        found.damage === undefined &&
        found.seq === whole &&
        found.journal?.length === good &&
        (found.cut?.bytes ?? 0) === length - good &&
        // Comparing is slower than reading: where the number of commits changes, and beside it.
        (length > good + 1 || isDeepStrictEqual(found.entries, after[whole]))
      if (!ok) expect.fail(`cut at ${length}: ${JSON.stringify(found)}`)
    }
  }, 60_000)

  test('sectors never written, in any combination: cut there, with all that was acknowledged', () => {
    const commits = numberedCommits(120)
    const { bytes, groupEnds } = journalImage([...grouped(commits.slice(0, 60), 5), commits.slice(60)])
    const synced = groupEnds.at(-2)!
    const after = states(commits)
    const sectors: [number, number][] = []
    for (let at = synced - (synced % 512); at < bytes.length; at += 512) {
      sectors.push([Math.max(at, synced), Math.min(at + 512, bytes.length)])
    }
    expect(sectors.length).toBeGreaterThan(5)
    for (let choice = 1; choice < 2 ** sectors.length; choice++) {
      const torn = Buffer.from(bytes)
      sectors.forEach(([from, to], i) => {
        if (choice & (1 << i)) torn.fill(0, from, to)
      })
      const found = ofJournal(torn)
      const ok = !found.damage && found.seq >= 60 && isDeepStrictEqual(found.entries, after[found.seq])
      if (!ok) expect.fail(`sectors ${choice.toString(2)}: ${JSON.stringify(found)}`)
    }
  })

  test('zeros at the end are room that was not written to: nothing is missing, nothing to report', () => {
    const { bytes } = journalImage([numberedCommits(3)])
    for (const room of [1, 511, 3000]) {
      expect(ofJournal(Buffer.concat([bytes, Buffer.alloc(room)]))).toMatchObject({
        seq: 3,
        cut: undefined,
        damage: undefined,
        journal: { length: bytes.length, size: bytes.length + room },
      })
    }
  })

  test('an empty directory is a new one', () => {
    expect(recover({ snapshot: undefined, journals: [] })).toMatchObject({
      seq: 0,
      journal: undefined,
      damage: undefined,
    })
  })
})

describe('one flipped bit', () => {
  const commits = numberedCommits(33)
  const all = replay(commits)
  const complete = (found: Recovery) => found.damage || (found.seq === 33 && isDeepStrictEqual(found.entries, all))

  test('anywhere in a journal: all commits or damage', () => {
    const { bytes } = journalImage(grouped(commits, 5))
    let damaged = 0
    eachFlip(bytes, 0, bytes.length, (at) => {
      const found = ofJournal(bytes)
      if (!complete(found)) expect.fail(`${at}: ${JSON.stringify(found)}`)
      if (found.damage) damaged++
    })
    expect(damaged).toBe(bytes.length * 8)
  }, 60_000)

  test('anywhere in a snapshot and two journals: all commits or damage', () => {
    const files = [
      snapshotImage(replay(commits, 11), 11),
      journalImage(grouped(commits.slice(11, 22), 4), 11).bytes,
      journalImage(grouped(commits.slice(22), 4), 22).bytes,
    ] as const
    const read = () =>
      recover({
        snapshot: file('snapshot', 3, files[0]),
        journals: [file('journal', 3, files[1]), file('journal', 4, files[2])],
      })
    expect(read()).toMatchObject({ seq: 33, damage: undefined, cut: undefined })
    for (const bytes of files) {
      eachFlip(bytes, 0, bytes.length, (at) => {
        const found = read()
        if (!found.damage) expect.fail(`${at}: ${JSON.stringify(found)}`)
      })
    }
  }, 60_000)

  test('in a journal of a single header: damage', () => {
    const bytes = sealLines(formatLine(0, 0, JOURNAL))
    eachFlip(bytes, 0, bytes.length, (at) => {
      if (!ofJournal(bytes).damage) expect.fail(at)
    })
  })

  test('in what was acknowledged, before a torn tail: never fewer than were acknowledged', () => {
    const { bytes, groupEnds } = journalImage([...grouped(commits.slice(0, 12), 3), commits.slice(12)])
    const synced = groupEnds.at(-2)!
    const after = states(commits)
    for (const length of [synced + 1, synced + 9, synced + 30, synced + 700, bytes.length - 1]) {
      for (const zeroed of [false, true]) {
        const torn = Buffer.from(bytes.subarray(0, length))
        if (zeroed) torn.fill(0, synced)
        eachFlip(torn, 0, synced, (at) => {
          const found = ofJournal(torn)
          const ok = found.damage || (found.seq >= 12 && isDeepStrictEqual(found.entries, after[found.seq]))
          if (!ok) expect.fail(`${at} of ${length}: ${JSON.stringify(found)}`)
        })
      }
    }
  }, 60_000)
})

describe('damage', () => {
  const commits = numberedCommits(30)
  const { bytes, ends } = journalImage(grouped(commits, 3))

  test('a bad line that later ones know to be on disk: file and line, and what reads', () => {
    const bad = Buffer.from(bytes)
    bad.fill(0, ends[9]! + 5, ends[10]! - 1)
    const found = ofJournal(bad)
    expect(found).toMatchObject({ damage: { file: 'journal-1', line: 11 }, spoiled: ['journal-1'], seq: 9 })
    expect(found.entries).toEqual(replay(commits, 9))
  })

  test('a zeroed stretch that begins amid a sector is not what an interrupted write leaves', () => {
    const bad = Buffer.from(bytes)
    bad.fill(0, ends[29]! + 12, ends[29]! + 20)
    expect(ofJournal(bad).damage).toMatchObject({ line: 31 })
  })

  test.each([
    ['a line twice', (i: number) => [bytes.subarray(0, ends[i]), bytes.subarray(ends[i - 1]!, bytes.length)]],
    ['a line missing', (i: number) => [bytes.subarray(0, ends[i - 1]), bytes.subarray(ends[i]!, bytes.length)]],
    ['text between lines', (i: number) => [bytes.subarray(0, ends[i]), Buffer.from('x\n'), bytes.subarray(ends[i]!)]],
  ])('%s', (_, parts) => {
    for (let i = 1; i < 30; i++) expect(ofJournal(Buffer.concat(parts(i))).damage).toMatchObject({ file: 'journal-1' })
  })

  test('text of another format, and a commit that does not parse', () => {
    const wrong = (header: string, ...texts: string[]) =>
      ofJournal(sealLines([header, ...texts].map((text, i) => formatLine(i, 0, text)).join(''))).damage
    expect(wrong('"escapement journal 2"')).toMatchObject({ line: 1 })
    expect(wrong(JOURNAL, '{"model/a":1}', '{nonsense}')).toMatchObject({ line: 3 })
    expect(wrong(JOURNAL, '[["Unknown",1],2]')).toMatchObject({ line: 2 })
    expect(wrong(JOURNAL, '{"model/a":1}')).toBeUndefined()
  })

  test.each([
    ['no journal of the snapshot', 3, [], { file: 'journal-3', line: 0 }],
    ['a later journal only', 3, [4], { file: 'journal-3', line: 0 }],
    ['a gap between journals', 3, [3, 5], { file: 'journal-4', line: 0 }],
    ['no snapshot', undefined, [3, 4], { file: 'snapshot-3', line: 0 }],
  ])('a missing file: %s', (_, snapshot, journals, damage) => {
    const base: Record<number, number> = { 3: 10, 4: 20, 5: 30 }
    const found = recover({
      snapshot: snapshot && file('snapshot', snapshot, snapshotImage(replay(commits, 10), 10)),
      journals: journals.map((number) => {
        const from = base[number]!
        return file('journal', number, journalImage([commits.slice(from, from + 10)], from).bytes)
      }),
    } as Parameters<typeof recover>[0])
    expect(found.damage).toMatchObject(damage)
  })

  test('a snapshot cut anywhere is damage, even at the end of a line', () => {
    const snapshot = snapshotImage(replay(commits, 10), 10)
    const journals = [file('journal', 3, journalImage([], 10).bytes)]
    for (let length = 0; length < snapshot.length; length++) {
      const found = recover({ snapshot: file('snapshot', 3, snapshot.subarray(0, length)), journals })
      if (found.damage?.file !== 'snapshot-3') expect.fail(`cut at ${length}`)
    }
  })
})

describe('journals begun and never used', () => {
  const commits = numberedCommits(20)
  const first = file('journal', 1, journalImage(grouped(commits, 4)).bytes)
  const begun = (base: number, length?: number) => file('journal', 2, journalImage([], base).bytes.subarray(0, length))

  test('one that fits is gone on with', () => {
    const found = recover({ snapshot: undefined, journals: [first, begun(20)] })
    expect(found).toMatchObject({ seq: 20, journal: { number: 2 }, unused: [], cut: undefined })
  })

  test('one with half a header goes', () => {
    for (let length = 0; length < begun(20).bytes.length; length++) {
      const found = recover({ snapshot: undefined, journals: [first, begun(20, length)] })
      expect(found).toMatchObject({
        seq: 20,
        journal: { number: 1, length: first.bytes.length },
        unused: ['journal-2'],
      })
    }
  })

  test('one begun after a failed write, behind commits that were never acknowledged, goes', () => {
    const found = recover({ snapshot: undefined, journals: [first, begun(17)] })
    expect(found).toMatchObject({ seq: 20, journal: { number: 1 }, unused: ['journal-2'], damage: undefined })
    const torn = file('journal', 1, first.bytes.subarray(0, -3))
    expect(recover({ snapshot: undefined, journals: [torn, begun(17)] })).toMatchObject({
      seq: 19,
      cut: { file: 'journal-1' },
      unused: ['journal-2'],
    })
  })

  test('one begun when not all before it was on disk goes, if that was lost', () => {
    const bytes = sealLines(formatLine(23, 15, JOURNAL))
    const found = recover({ snapshot: undefined, journals: [first, file('journal', 2, bytes)] })
    expect(found).toMatchObject({ seq: 20, unused: ['journal-2'], damage: undefined })
  })

  test('one that knows of more than was read is a sign of damage', () => {
    expect(recover({ snapshot: undefined, journals: [first, begun(21)] }).damage).toMatchObject({ file: 'journal-2' })
    const torn = file('journal', 1, first.bytes.subarray(0, -3))
    expect(recover({ snapshot: undefined, journals: [torn, begun(20)] }).damage).toMatchObject({
      file: 'journal-1',
      line: 21,
    })
    const used = file('journal', 2, journalImage([[commits[18]!]], 18).bytes)
    expect(recover({ snapshot: undefined, journals: [torn, used] }).damage).toMatchObject({ file: 'journal-1' })
  })
})
