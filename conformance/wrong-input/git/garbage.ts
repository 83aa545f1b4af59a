/** Bodies that are no git, and compressed ones that are a trap. */
import { gzipSync } from 'node:zlib'
import { request } from '../lib/ground.ts'
import type { Row } from '../lib/rows.ts'
import { owner, post, repository } from './scene.ts'

const BOMB_BYTES = 200 << 20

let compressed: Buffer

const GARBAGE: readonly string[] = [
  '',
  'garbage',
  '0000',
  'ffff',
  '00000000',
  'zzzz',
  '0005',
  '\u0000'.repeat(1000),
  'PACK\u0000\u0000\u0000\u0002',
  `00a5${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/master\u0000 report-status\n0000PACKgarbage`,
  `00a5${'0'.repeat(40)}`,
  'x'.repeat(500_000),
]

export const garbageRows: readonly Row[] = [
  {
    name: 'a push whose body is no push',
    inputs: GARBAGE,
    // Git's backend has sent its head when it notices; it ends without an answer.
    expected: { status: 200, message: '' },
    withinMs: 2000,
    send: (body) => post('git-receive-pack', String(body)),
  },
  {
    name: 'a clone whose request is none',
    inputs: GARBAGE,
    // Git's backend has sent its head when it notices; it ends without an answer.
    expected: { status: 200, message: '' },
    withinMs: 2000,
    send: (body) => post('git-upload-pack', String(body)),
  },
  {
    name: 'a push of another content type',
    inputs: ['text/plain', 'application/x-git-upload-pack-request', 'application/json'],
    expected: {
      status: 415,
      message: /^Expected POST with Content-Type 'application\/x-git-receive-pack-request', but received '/,
    },
    send: (type) => post('git-receive-pack', '0000', String(type)),
  },
  {
    name: 'compressed bodies that are not, or that never end',
    sent: 'Content-Encoding: gzip with garbage; with 200 MiB of zeros in 200 kB',
    inputs: ['garbage', 'bomb'],
    expected: { status: 200, message: '' },
    withinMs: 5000,
    async prepare(kind) {
      compressed = kind === 'garbage' ? Buffer.from('garbage') : gzipSync(Buffer.alloc(BOMB_BYTES))
    },
    send: () =>
      request('POST', `${repository()}/git-receive-pack`, {
        headers: { Authorization: owner(), 'Content-Encoding': 'gzip' },
        contentType: 'application/x-git-receive-pack-request',
        body: compressed,
      }),
  },
]
