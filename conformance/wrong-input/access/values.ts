/** Right callers with values that are wrong (rest-api.md 1.7, 1.8, 1.9). */
import { curlJson, type Json } from '../../lib/curl.ts'
import { request } from '../lib/ground.ts'
import type { Answer, Row } from '../lib/rows.ts'
import { hiddenPath, probePath, scene, ZEROS } from './scene.ts'

const asOwner = (method: string, path: string, body?: unknown): Promise<Answer> =>
  request(method, scene.ground.target.url + path, {
    key: scene.owner.key,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const asAdmin = (method: string, path: string, body?: unknown): Promise<Answer> =>
  request(method, scene.ground.target.url + path, {
    key: scene.ground.target.adminKey,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const BAD_NAMES = [
  '',
  ' ',
  '1a',
  '_a',
  'a-b',
  'a b',
  'a.b',
  'a/b',
  '../x',
  '..',
  'é',
  'a\u0000',
  'a\n',
  '☃',
  'a%00',
  '*',
  '__proto__',
  'x'.repeat(200),
]

export const valueRows: Row[] = [
  {
    name: 'an algorithm with a name that is none',
    inputs: BAD_NAMES,
    expected: { status: 400, code: 6001, message: /^name: expected a letter, then letters, digits or _, got '/ },
    send: (name) =>
      asOwner('POST', `/v1/algorithms/${scene.owner.username}`, { name, settings: { language: 'python3' } }),
  },
  {
    name: 'a user with a name that is none',
    inputs: BAD_NAMES,
    expected: { status: 400, code: 6001, message: /^Expected 'username' to be a value that / },
    send: (name) => asAdmin('POST', '/v1/users', { username: name, email: 'bad@example.com' }),
  },
  {
    name: 'a user with an address that is none',
    inputs: ['', 'a', 'a@', '@b', 'a b@c', 'a@b\n', 'a@@b', `${'x'.repeat(200)}@example.com`],
    expected: { status: 400, code: 6001, message: /^Expected 'email' to be a value that / },
    send: (email) => asAdmin('POST', '/v1/users', { username: 'baduser', email }),
  },
  {
    name: 'names and addresses that are taken',
    inputs: ['username', 'USERNAME'],
    expected: { status: 409, code: 3003, message: /taken/ },
    send: (which) => {
      const { username } = scene.owner
      const taken = which === 'USERNAME' ? username.toUpperCase() : username
      return asAdmin('POST', '/v1/users', { username: taken, email: 'other@example.com' })
    },
  },
  {
    name: 'an algorithm name that is taken',
    inputs: ['Probe', 'probe', 'PROBE'],
    expected: { status: 400, code: 1002, message: 'The owner already has an algorithm with this name' },
    send: (name) =>
      asOwner('POST', `/v1/algorithms/${scene.owner.username}`, { name, settings: { language: 'python3' } }),
  },
  {
    name: 'required members that are missing',
    inputs: ['{}', '{"username":"lonely"}', '{"email":"a@example.com"}', 'null', '[]', ''],
    expected: { status: 400, code: 3005, message: /^Expected the member '(?:username|email)', got none$/ },
    send: (body) => request('POST', `${scene.ground.target.url}/v1/users`, { key: scene.ground.target.adminKey, body }),
  },
  {
    name: 'an algorithm of an owner that is not there',
    sent: 'POST /v1/algorithms/nobody',
    expected: { status: 404, code: 3000, message: 'There is no such user' },
    send: () => asOwner('POST', '/v1/algorithms/nobody', { name: 'A', settings: { language: 'python3' } }),
  },
  {
    name: 'a language that is not there',
    inputs: ['cobol', '', '../python3', 'python3 ', '__proto__', 'constructor'],
    expected: { status: 400, message: /language|environment/i },
    send: (language) =>
      asOwner('POST', `/v1/algorithms/${scene.owner.username}`, { name: 'NoLang', settings: { language } }),
  },
  {
    name: 'a key list with entries that are no patterns',
    inputs: [
      '*',
      'algo://',
      'algo://*/*',
      'algo://a/b/c/d',
      'http://x',
      '',
      '../',
      'algo://a/../b/*',
      'data://*',
      'algo://a-b/*',
    ],
    expected: { status: 400, code: 6001, message: /^permissions\.algo_acl: expected .*, got '/ },
    send: (entry) =>
      asAdmin('POST', `/v1/users/${scene.owner.username}/keys`, {
        key_type: 'ManagementKey',
        permissions: { algo_acl: [entry] },
      }),
  },
  {
    name: 'a page limit outside the range',
    inputs: ['0', '-1', '1001', '1e3', 'x', '1.5', '99999999999999999999', '0x10'],
    expected: { status: 400, code: 5003, message: /^Expected a limit from 1 to \d+, got '/ },
    send: (limit) => asOwner('GET', `/v1/algorithms/${probePath()}/builds?limit=${limit}`),
  },
  {
    name: 'a marker that nobody gave out',
    inputs: [
      'x',
      '..',
      'eyJhIjoxfQ',
      'bnVsbA',
      'W10',
      '%00',
      'e30',
      Buffer.from('{"number":{"a":1}}').toString('base64url'),
      Buffer.from('{"number":"1; DROP TABLE"}').toString('base64url'),
    ],
    expected: { status: 400, code: 5002, message: /./ },
    send: (marker) => asOwner('GET', `/v1/algorithms/${probePath()}/builds?marker=${marker}`),
  },
  {
    name: 'publishing a build that is published',
    sent: '{}',
    inputs: ['{}', 'null', ''],
    expected: { status: 400, code: 1007, message: /compile the algorithm first/ },
    send: (body) => request('POST', `${scene.probe.url}/versions`, { key: scene.owner.key, body }),
  },
  {
    name: 'publishing with a version type that is none',
    inputs: ['huge', 'MAJOR.', 'banana', '1', '../x', 'revision '],
    expected: { status: 400, code: 6001, message: /^version_type: expected major, minor or revision, got '/ },
    send: (type) =>
      asOwner('POST', `/v1/algorithms/${hiddenPath()}/versions`, { version_info: { version_type: type } }),
  },
  {
    name: 'deleting an algorithm with a public version',
    sent: 'DELETE by its owner',
    expected: {
      status: 403,
      code: 2001,
      message: /: it has a public version, and only an administrator may delete it$/,
    },
    send: () => asOwner('DELETE', `/v1/algorithms/${probePath()}`),
  },
  {
    name: 'compiling a commit that is not there',
    inputs: [ZEROS, 'HEAD', 'master', '--help', '../x', 'x'.repeat(5000), '0'],
    expected: { status: 400, code: 6001, message: /commit/i },
    send: (commitSha) => asOwner('POST', `/v1/algorithms/${hiddenPath()}/compile`, { commitSha }),
  },
]

export const leftAlone: Row = {
  name: 'what was refused changed nothing',
  sent: 'GET the algorithms of the owner',
  expected: { status: 200, message: 'Hidden Probe' },
  async send() {
    const url = `${scene.ground.target.url}/v1/users/${scene.owner.username}/algorithms`
    const rows: Json[] = await curlJson('GET', url, { key: scene.owner.key })
    const names = rows.map(({ algoname }) => algoname).sort()
    return { status: 200, text: names.join(' ') }
  },
}
