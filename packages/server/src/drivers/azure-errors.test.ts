import { createAzureBlobDriver } from './azure-blob.ts'
import { type Fault, testFaults } from './testing/provider-faults.ts'

const SIGNATURE = 'c2VjcmV0LXNpZ25hdHVyZQ'
const sasToken = `?sv=2024-11-04&sp=rl&se=2099-01-01T00%3A00%3A00Z&sr=c&sig=${SIGNATURE}%3D`

function answer(status: number, code: string, problem: Fault['problem'], says: RegExp): Fault {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>sig=${SIGNATURE}</Message></Error>`
  return { status, headers: { 'x-ms-error-code': code, 'Content-Type': 'application/xml' }, body, problem, says }
}

testFaults({
  name: 'Azure Blob Storage',
  secrets: [SIGNATURE],
  path: 'folder/file',
  open: (url, fetch) =>
    createAzureBlobDriver({
      storageUri: url,
      sasToken,
      containerName: 'files',
      fetch,
      retry: { firstDelayMs: 1, maxDelayMs: 2000 },
    }),
  faults: {
    'has no such container': answer(404, 'ContainerNotFound', 'not-found', /no container files/),
    'has no such file': answer(404, 'BlobNotFound', 'not-found', /no such file/),
    'does not accept the token': answer(403, 'AuthenticationFailed', 'denied', /create a new one/),
    'wants a permission': answer(403, 'AuthorizationPermissionMismatch', 'denied', /needs read, list/),
    'refuses with a code of tomorrow': answer(403, 'SomethingNew', 'denied', /container files/),
    'keeps the file in its archive': answer(409, 'BlobArchived', 'denied', /rehydrate/),
    'is busy': answer(503, 'ServerBusy', 'busy', /slow down/),
    'wants fewer requests': answer(429, 'TooManyRequests', 'busy', /slow down/),
    'has an error of its own': answer(500, 'InternalError', 'unavailable', /500 \(InternalError\)/),
    'sends the caller elsewhere': {
      status: 307,
      headers: { Location: 'http://127.0.0.1:9/stolen' },
      problem: 'unavailable',
      says: /could not be reached/,
    },
    'answers what is no XML': { status: 403, body: 'no', problem: 'denied', says: /create one that does/ },
  },
})
