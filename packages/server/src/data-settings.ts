/** Settings of hosted data: part of the table in settings.ts. */
import { optional, wholeNumber } from './setting-kinds.ts'

const DATA = 'Data'
const bytes = wholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER })

export const DATA_SETTINGS = {
  dataBytesPerAccount: optional('no limit', bytes.expected, bytes.parse, {
    name: 'ALGORIST_DATA_BYTES_PER_ACCOUNT',
    section: DATA,
    meaning: 'What the hosted files of one account may have together. The disk is the limit where nobody shares it.',
  }),
  dataFileBytes: optional('no limit', bytes.expected, bytes.parse, {
    name: 'ALGORIST_DATA_FILE_BYTES',
    section: DATA,
    meaning: 'Largest hosted file. Files are streamed, so a large one costs no memory.',
  }),
}
