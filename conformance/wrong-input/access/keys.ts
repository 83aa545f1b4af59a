/** Credentials that nobody has, keys without a right, and browsers (rest-api.md 1.3). */
import { request } from '../lib/ground.ts'
import type { Answer, Input, Row } from '../lib/rows.ts'
import { call, type KeyName, NO_CREDENTIALS, REFUSED, scene, ZEROS } from './scene.ts'

const credentials: readonly string[] = [
  '',
  'Simple',
  'Simple ',
  'Bearer',
  'simUnknownUnknownUnknown1234',
  'Simple simUnknownUnknownUnknown1234',
  'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
  'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.AAAA',
  'Basic YWRtaW46YWRtaW4=',
  'Digest username="admin"',
  'Simple null',
  'Simple undefined',
  "Simple ' OR '1'='1",
  'Simple ../../bootstrap.json',
  `Simple ${'x'.repeat(10_000)}`,
  'Simple \u00e9\u00e8',
]

/** The key itself, damaged. */
const damages: readonly string[] = [
  'lower case',
  'upper case',
  'first 27',
  'one more',
  'twice',
  'in quotes',
  'two schemes',
]

function damaged(how: Input): string {
  const { key } = scene.owner
  switch (how) {
    case 'lower case':
      return `Simple ${key.toLowerCase()}`
    case 'upper case':
      return `Simple ${key.toUpperCase()}`
    case 'first 27':
      return `Simple ${key.slice(0, -1)}`
    case 'one more':
      return `Simple ${key}a`
    case 'twice':
      return `Simple ${key}, Simple ${key}`
    case 'in quotes':
      return `Simple "${key}"`
    default:
      return `Token ${key}`
  }
}

const authorized = (method: string, url: string, authorization: string, body?: string): Promise<Answer> =>
  request(method, url, { headers: { Authorization: authorization }, body })

export const keyRows: Row[] = [
  {
    name: 'credentials that nobody has, on a call',
    inputs: credentials,
    expected: { status: 401, message: 'authorization required' },
    send: (text) => authorized('POST', scene.probe.callUrl, String(text), 'x'),
  },
  {
    name: 'a damaged key, on a call',
    inputs: damages,
    expected: { status: 401, message: 'authorization required' },
    send: (how) => authorized('POST', scene.probe.callUrl, damaged(how), 'x'),
  },
  {
    name: 'credentials that nobody has, on management',
    inputs: credentials,
    expected: NO_CREDENTIALS,
    send: (text) => authorized('GET', scene.probe.url, String(text)),
  },
  {
    name: 'a damaged key, on management',
    inputs: damages,
    expected: NO_CREDENTIALS,
    send: (how) => authorized('PUT', scene.probe.url, damaged(how), '{}'),
  },
  {
    name: 'a key in the query, a cookie or a header of its own',
    inputs: ['query', 'Cookie', 'X-API-Key', 'Proxy-Authorization'],
    expected: { status: 401, message: 'authorization required' },
    send: (where) =>
      where === 'query'
        ? request('POST', `${scene.probe.callUrl}?api_key=${scene.owner.key}&key=${scene.owner.key}`, { body: 'x' })
        : request('POST', scene.probe.callUrl, { headers: { [String(where)]: scene.owner.key }, body: 'x' }),
  },
  {
    name: 'headers that claim an identity',
    inputs: ['X-Forwarded-User', 'X-Remote-User', 'X-User', 'X-Algorist-Account', 'X-Original-URL', 'X-Request-Id'],
    expected: { status: 401, message: 'authorization required' },
    send: (name) =>
      request('POST', scene.probe.callUrl, { headers: { [String(name)]: scene.owner.username }, body: 'x' }),
  },
  {
    name: 'an admin key on a call',
    sent: 'the bare route, the web route, with a version, with a commit',
    inputs: ['', '/0.1.0', '/latestPrivate', `/${ZEROS}`],
    expected: { status: 403, message: 'Admin keys do not call algorithms; use a standard key' },
    send: (path) => call({ key: scene.ground.target.adminKey, path: String(path) }),
  },
  {
    name: 'a key without the right to call',
    inputs: ['', '/0.1.0', '/latestPrivate', '?output=void', '?output=raw'],
    expected: REFUSED,
    send: (path) => call({ key: scene.keys.noCalls, path: String(path) }),
  },
  {
    name: 'a key whose list names no or other algorithms',
    inputs: ['emptyAcl', 'otherAcl'],
    expected: {
      status: 403,
      code: 2001,
      message:
        /^Caller is not authorized to perform the operation: the key's permissions do not include algo:\/\/\w+\/Probe$/,
    },
    send: (name) => call({ key: scene.keys[name as KeyName] }),
  },
  {
    name: 'a key without any right, on a call by a browser or not',
    inputs: ['', 'https://example.com'],
    expected: { status: 403, code: 2001, message: /^Caller is not authorized to perform the operation/ },
    send: (origin) => call({ key: scene.keys.nothing, headers: origin === '' ? {} : { Origin: String(origin) } }),
  },
]

const NO_BROWSER =
  /^Caller is not authorized to perform the operation: the key may not be used by browsers \(allow_web_algo\)$/
const OTHER_HOST = /^Caller is not authorized to perform the operation: the key is for pages of another host$/

export const browserRows: Row[] = [
  {
    name: 'a page whose key has no browser right',
    inputs: ['https://example.com', 'null', 'http://localhost:3000', 'file://', '', 'chrome-extension://abc'],
    expected: { status: 403, code: 2001, message: NO_BROWSER },
    send: (origin) => call({ key: scene.keys.noBrowser, headers: { Origin: String(origin) } }),
  },
  {
    name: 'the web route with a key that has no browser right',
    sent: 'no Origin at all',
    expected: { status: 403, code: 2001, message: NO_BROWSER },
    send: () => call({ key: scene.keys.noBrowser, web: true }),
  },
  {
    name: 'a page of another host than the key is for',
    inputs: [
      'https://evil.example',
      'https://www.example.com.evil.example',
      'https://evilwww.example.com',
      'https://www.example.com@evil.example',
      'https://evil.example/?www.example.com',
      'https://evil.example#www.example.com',
      'https://example.com',
      'null',
      'www.example.com',
      '//www.example.com',
      'https://',
    ],
    expected: { status: 403, code: 2001, message: OTHER_HOST },
    send: (origin) => call({ key: scene.keys.oneHost, headers: { Origin: String(origin) } }),
  },
  {
    name: 'a Referer of another host, on the web route',
    inputs: ['https://evil.example/www.example.com', 'https://www.example.com@evil.example/', '', 'garbage'],
    expected: { status: 403, code: 2001, message: OTHER_HOST },
    send: (page) => call({ key: scene.keys.oneHost, web: true, headers: page === '' ? {} : { Referer: String(page) } }),
  },
  {
    name: 'an Origin of another host with a Referer of the right one',
    sent: 'Origin: https://evil.example, Referer: https://www.example.com/',
    expected: { status: 403, code: 2001, message: OTHER_HOST },
    send: () =>
      call({
        key: scene.keys.oneHost,
        headers: { Origin: 'https://evil.example', Referer: 'https://www.example.com/' },
      }),
  },
]
