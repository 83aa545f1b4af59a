import { generateKeyPairSync } from 'node:crypto'
import { createGoogleStorageDriver } from './google-storage.ts'
import { type Fault, testFaults } from './testing/provider-faults.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const ACCESS_TOKEN = 'secret-access-token'

function answer(status: number, reason: string, problem: Fault['problem'], says: RegExp): Fault {
  const error = { code: status, message: `what Google says\nof ${reason}`, errors: [{ reason }] }
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ error }), problem, says }
}

testFaults({
  name: 'Google Cloud Storage',
  secrets: [ACCESS_TOKEN, pem.slice(40, 80)],
  path: 'bucket/folder/file',
  open: (url, fetch) =>
    createGoogleStorageDriver({
      email: 'connector@test-project.iam.gserviceaccount.com',
      privateKeyId: 'id',
      privateKey: pem,
      apiEndpoint: url,
      tokenUri: 'http://tokens.invalid/token',
      fetch: async (input, init) => {
        if (!String(input).startsWith('http://tokens.invalid')) return fetch(input, init)
        return Response.json({ access_token: ACCESS_TOKEN, expires_in: 3600 })
      },
      retry: { firstDelayMs: 1, maxDelayMs: 2000 },
    }),
  faults: {
    'has no such file': answer(404, 'notFound', 'not-found', /no such bucket or file/),
    'wants a role': answer(403, 'forbidden', 'denied', /Storage Object User \(what Google says of forbidden\)/),
    'does not accept the token': answer(401, 'authError', 'denied', /create a new key/),
    'is busy': answer(503, 'backendError', 'busy', /slow down/),
    'wants fewer requests': answer(429, 'rateLimitExceeded', 'busy', /slow down/),
    'says so as it did of old': answer(403, 'userRateLimitExceeded', 'busy', /slow down/),
    'has an error of its own': answer(500, 'internalError', 'unavailable', /status 500/),
    'dislikes the name': answer(400, 'invalid', 'invalid-path', /name/),
    'has a shorter file than before': answer(416, 'requestedRangeNotSatisfiable', 'not-found', /shorter/),
    'answers what is no JSON': { status: 403, body: '<html>', problem: 'denied', says: /role/ },
    'unpacks the file': {
      status: 200,
      headers: { 'x-goog-stored-content-encoding': 'gzip' },
      body: 'unpacked',
      problem: 'unavailable',
      says: /unpacked/,
    },
  },
})
