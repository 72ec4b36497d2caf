/** One record of a CSV text, with the line it begins on. */
export interface CsvRecord {
  line: number
  cells: string[]
}

/**
 * Reads CSV as RFC 4180 has it: cells in quotes may hold commas, line breaks and doubled quotes; lines end with LF or
 * CRLF; empty lines are no records. Throws when a quoted cell never ends, or goes on after its closing quote.
 */
export function parseCsv(text: string): CsvRecord[] {
  // One cell and what ends it. Sticky, so that nothing is skipped.
  const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y
  const records: CsvRecord[] = []
  let cells: string[] = []
  let line = 1
  let begins = 1
  cell.lastIndex = text.startsWith('\uFEFF') ? 1 : 0
  while (cell.lastIndex < text.length || cells.length > 0) {
    const found = cell.exec(text)
    if (!found) throw new Error(`line ${line}: a cell in quotes does not end, or goes on after its closing quote`)
    const [whole, quoted, plain = '', end] = found
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    for (const char of whole) if (char === '\n') line++
    if (end === ',') continue
    if (cells.length > 1 || cells[0] !== '' || quoted !== undefined) records.push({ line: begins, cells })
    cells = []
    begins = line
  }
  return records
}
