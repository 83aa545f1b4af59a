/** Settings of hosted data: part of the table in settings.ts. */
import { parseStoreUrl, STORE_URL_EXPECTED } from './data/store-url.ts'
import { optional, secret, wholeNumber } from './setting-kinds.ts'

const DATA = 'Data'
const bytes = wholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER })

export const DATA_SETTINGS = {
  dataStore: secret('files in the data folder', STORE_URL_EXPECTED, parseStoreUrl, {
    name: 'ALGORIST_DATA_STORE',
    section: DATA,
    meaning:
      'Where the content of hosted data is kept: a bucket of S3, as `s3://KEY:SECRET@bucket/prefix?region=eu-west-1`, or ' +
      'of another server that speaks its protocol, with `?endpoint=https://s3.example.com`, which gets the bucket in the ' +
      'path unless `path-style=false`. The bucket has to be there; the prefix may be left out. Key, secret and prefix are ' +
      'percent-encoded: `/` in a secret is `%2F`. Set it before there is data, since a change moves none.',
  }),
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
