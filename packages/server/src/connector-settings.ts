/** Settings of connectors: part of the table in settings.ts. */
import { integer, optional, secret } from './setting-kinds.ts'

const CONNECTORS = 'Connectors'

export const CONNECTOR_SETTINGS = {
  dropboxAppKey: optional('none', 'the key of an app', parseWord, {
    name: 'ALGORIST_DROPBOX_APP_KEY',
    section: CONNECTORS,
    meaning:
      'Key of the Dropbox app whose tokens accounts give to their connectors. Without it and its secret a connector ends ' +
      'when its access token does, after some hours.',
  }),
  dropboxAppSecret: secret('none', 'the secret of an app', parseWord, {
    name: 'ALGORIST_DROPBOX_APP_SECRET',
    section: CONNECTORS,
    meaning: 'Secret of that app.',
  }),
  storageSilenceSeconds: integer(
    60,
    { min: 1, max: 3600 },
    {
      name: 'ALGORIST_STORAGE_SILENCE_SECONDS',
      section: CONNECTORS,
      meaning:
        'How long an outside storage may be silent in the middle of a request, the bucket of `ALGORIST_DATA_STORE` too, ' +
        'before the request is given up with 504. Some take a while to put a large file together.',
    },
  ),
}

function parseWord(given: string): string | undefined {
  return /^\S+$/.test(given) ? given : undefined
}
