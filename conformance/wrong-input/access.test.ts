/** Callers who may not: no key, wrong key, missing rights, browsers, somebody else's things; and things that are not there (rest-api.md 1.3, 3.2, 3.4, 4.2, 4.7). */
import { type Account, createKey, FULL_RIGHTS, type KeyRights } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import { curlJson, type Json } from '../lib/curl.ts'
import { type Ground, request, startGround } from './lib/ground.ts'
import { type Answer, type Input, type Row, testTheme } from './lib/rows.ts'

const FORBIDDEN = { status: 403, code: 2001, message: 'Caller is not authorized to perform the operation' }
const NO_CREDENTIALS = { status: 401, code: 2002, message: 'Credentials are missing or not known' }
const ZEROS = '0'.repeat(40)

interface Scene {
  readonly ground: Ground
  readonly owner: Account
  readonly stranger: Account
  /** Public as 0.1.0, private as 0.2.0. */
  readonly probe: Workshop
  readonly probeSha: string
  /** Nothing of it is public; private as 0.1.0. */
  readonly hidden: Workshop
  readonly hiddenId: string
  readonly hiddenSha: string
  readonly hiddenBuild: string
  /** Keys of the owner, each with one right less, or with a narrower one. */
  readonly keys: Readonly<Record<KeyName, string>>
}

const KEYS = {
  noCalls: { allow_algo: false },
  emptyAcl: { algo_acl: [] },
  otherAcl: { algo_acl: ['algo://demo/*', 'algo://opencv/SmartThumbnail/*'] },
  noBrowser: { allow_web_algo: false },
  oneHost: { referer_host: 'www.example.com' },
  noManagement: { allow_algo_management: false },
  nothing: {
    allow_data: false,
    allow_data_write: false,
    allow_algo: false,
    allow_web_algo: false,
    allow_algo_management: false,
    algo_acl: [],
  },
} as const satisfies Record<string, Partial<KeyRights & { referer_host: string }>>
type KeyName = keyof typeof KEYS

let scene: Scene

async function openScene(): Promise<Ground> {
  const ground = await startGround()
  const { target, probe } = ground
  const { owner, stranger, shop } = probe
  const { created, shop: hidden } = await createAlgorithm(target, owner, { name: 'Hidden', language: 'python3' })
  const hiddenSha = await pushGreen(hidden, { 'requirements.txt': '', 'README.md': 'private' })
  await publish(hidden)
  const hiddenBuild = await waitForBuild(hidden, hiddenSha)
  // One that is not published yet, so that publishing fails for what the rows say.
  await curlJson('POST', `${hidden.url}/compile`, { key: owner.key, json: {} })
  const probeSha = await pushGreen(shop, { 'README.md': 'second' })
  await publish(shop, { settings: { algorithm_callability: 'private' } })
  const names = Object.keys(KEYS) as KeyName[]
  const made = await Promise.all(
    names.map((name) => createKey(target, owner.username, { ...FULL_RIGHTS, ...KEYS[name] })),
  )
  const keys = Object.fromEntries(names.map((name, index) => [name, made[index]])) as Record<KeyName, string>
  scene = {
    ground,
    owner,
    stranger,
    probe: shop,
    probeSha,
    hidden,
    hiddenId: created.id,
    hiddenSha,
    hiddenBuild: hiddenBuild.build_id,
    keys,
  }
  return ground
}

interface Call {
  readonly key?: string | undefined
  readonly path?: string
  readonly web?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

function call({ key = scene.owner.key, path = '', web = false, headers = {} }: Call): Promise<Answer> {
  const url = scene.probe.callUrl + path
  return request('POST', web ? url.replace('/v1/algo/', '/v1/web/algo/') : url, {
    key,
    contentType: 'text/plain',
    headers,
    body: 'x',
  })
}

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

const keyRows: Row[] = [
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
    expected: { status: 403, code: 2001, message: FORBIDDEN.message },
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

const browserRows: Row[] = [
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

/** A call of something that is not there for this caller; its name is repeated exactly. */
function missing(name: string, key: () => string, paths: () => readonly string[]): Row {
  return {
    name,
    sent: 'each gets its own path in the message',
    expected: { status: 404, message: 'algorithm algo://{path} not found' },
    async send() {
      for (const path of paths()) {
        const url = `${scene.ground.target.url}/v1/algo/${path}`
        const answer = await request('POST', url, { key: key(), body: 'x' })
        const { message } = JSON.parse(answer.text).error ?? { message: answer.text }
        if (answer.status !== 404 || message !== `algorithm algo://${path} not found`) return answer
      }
      return { status: 404, text: 'algorithm algo://{path} not found' }
    },
  }
}

const probePath = () => `${scene.owner.username}/Probe`
const hiddenPath = () => `${scene.owner.username}/Hidden`
const ownKey = () => scene.owner.key
const strangersKey = () => scene.stranger.key

const missingRows: Row[] = [
  missing('an owner, an algorithm or an id that is not there', ownKey, () => [
    'nobody/Probe',
    `${scene.owner.username}/Missing`,
    `${scene.owner.username}x/Probe`,
    '00000000-0000-0000-0000-000000000000',
    'admin/Probe',
  ]),
  missing('a version that is not there', ownKey, () =>
    ['9.9.9', '0.1.1', '9', '9.*', '9.9.*', '0.2', '0.2.*', '1', ZEROS].map((version) => `${probePath()}/${version}`),
  ),
  missing('a version that is none', ownKey, () =>
    [
      'banana',
      '0.1.0.0',
      '0..1',
      'v0.1.0',
      '0.1.0-beta',
      '00.1.0',
      '-1',
      '1e0',
      'LATEST',
      'latestprivate',
      'master',
      'HEAD',
      '0.1.9999999999',
      scene.probeSha.slice(0, 7),
      scene.probeSha.slice(0, 39),
      `${scene.probeSha}0`,
    ].map((version) => `${probePath()}/${version}`),
  ),
  missing("somebody else's private version by number or range", strangersKey, () =>
    ['0.2.0', '0.2', '0.2.*'].map((version) => `${probePath()}/${version}`),
  ),
  missing("somebody else's private algorithm, however it is named", strangersKey, () =>
    ['', '/0.1.0', '/latest', '/latestPrivate', `/${scene.hiddenSha}`, '/0.*'].flatMap((version) => [
      hiddenPath() + version,
      scene.hiddenId + version,
    ]),
  ),
  {
    name: "somebody else's commit or newest private version",
    sent: 'SHA and latestPrivate of an algorithm with a public version',
    inputs: ['sha', 'latestPrivate'],
    expected: { status: 403, message: FORBIDDEN.message },
    send: (selector) =>
      call({ key: scene.stranger.key, path: `/${selector === 'sha' ? scene.probeSha : String(selector)}` }),
  },
  {
    name: 'one’s own algorithm without a public version and without selector',
    sent: 'no version, latest',
    inputs: ['', '/latest'],
    expected: {
      status: 404,
      message: /^algorithm algo:\/\/\w+\/Hidden(?:\/latest)? not found: it has no public version$/,
    },
    send: (path) => request('POST', scene.hidden.callUrl + String(path), { key: scene.owner.key, body: 'x' }),
  },
]

interface Operation {
  readonly method: string
  readonly path: (scene: Scene) => string
  readonly body?: string
}

const algorithmPath =
  (rest = '') =>
  ({ owner, hidden }: Scene): string =>
    `/v1/algorithms/${owner.username}/${hidden.name}${rest}`

const READS: readonly Operation[] = [
  { method: 'GET', path: algorithmPath() },
  { method: 'GET', path: ({ hiddenId }) => `/v1/algorithms/${hiddenId}` },
  { method: 'GET', path: algorithmPath('/builds') },
  { method: 'GET', path: (at) => algorithmPath(`/builds/${at.hiddenBuild}`)(at) },
  { method: 'GET', path: (at) => algorithmPath(`/builds/${at.hiddenBuild}/logs`)(at) },
  { method: 'GET', path: algorithmPath('/versions') },
  { method: 'GET', path: algorithmPath('/versions/0.1.0') },
  { method: 'GET', path: (at) => algorithmPath(`/versions/${at.hiddenSha}`)(at) },
  { method: 'GET', path: algorithmPath('/log') },
]

const CHANGES: readonly Operation[] = [
  { method: 'PUT', path: algorithmPath(), body: '{"details":{"label":"taken"}}' },
  { method: 'POST', path: algorithmPath('/compile'), body: '{}' },
  { method: 'POST', path: algorithmPath('/versions'), body: '{}' },
  { method: 'POST', path: ({ hiddenId }) => `/v1/algorithms/${hiddenId}/version`, body: '{}' },
  { method: 'DELETE', path: algorithmPath() },
  { method: 'DELETE', path: ({ hiddenId }) => `/v1/algorithms/${hiddenId}` },
  {
    method: 'POST',
    path: ({ owner }) => `/v1/algorithms/${owner.username}`,
    body: '{"name":"Taken","settings":{"language":"python3"}}',
  },
]

const ADMINISTRATION: readonly Operation[] = [
  { method: 'GET', path: () => '/v1/users' },
  { method: 'POST', path: () => '/v1/users', body: '{"username":"mallory","email":"m@example.com"}' },
  { method: 'GET', path: ({ owner }) => `/v1/users/${owner.username}` },
  { method: 'PUT', path: ({ owner }) => `/v1/users/${owner.username}`, body: '{"fullname":"x"}' },
  { method: 'GET', path: ({ owner }) => `/v1/users/${owner.username}/keys` },
  { method: 'POST', path: ({ owner }) => `/v1/admin/users/${owner.username}/keys`, body: '{"api_key":"simMine"}' },
  { method: 'POST', path: () => '/v1/organizations', body: '{}' },
]

/** Every operation must get the same refusal. */
function refusedRow(
  name: string,
  operations: readonly Operation[],
  key: (scene: Scene) => string | undefined,
  expected: Row['expected'],
): Row {
  return {
    name,
    inputs: operations.map((_, index) => String(index)),
    sent: operations.map(({ method, path }) => `${method} ${path(SAMPLE_SCENE)}`).join(', '),
    expected,
    send(index) {
      const operation = operations[Number(index)] as Operation
      const { method, path, body } = operation
      return request(method, scene.ground.target.url + path(scene), { key: key(scene), body })
    },
  }
}

/** Names for the table. */
const SAMPLE_SCENE = {
  owner: { username: 'owner', key: '' },
  stranger: { username: 'stranger', key: '' },
  hidden: { name: 'Hidden' },
  hiddenId: '{id}',
  hiddenSha: '{sha}',
  hiddenBuild: '{build}',
} as unknown as Scene

const managementRows: Row[] = [
  refusedRow('reading without a key', READS, () => undefined, NO_CREDENTIALS),
  refusedRow('changing without a key', CHANGES, () => undefined, NO_CREDENTIALS),
  refusedRow('administration without a key', ADMINISTRATION, () => undefined, NO_CREDENTIALS),
  refusedRow("reading somebody else's private algorithm", READS, ({ stranger }) => stranger.key, FORBIDDEN),
  refusedRow("changing somebody else's algorithm", CHANGES, ({ stranger }) => stranger.key, FORBIDDEN),
  refusedRow('changing with a key that may not manage', CHANGES, ({ keys }) => keys.noManagement, FORBIDDEN),
  refusedRow(
    'changing with an admin key',
    CHANGES.filter(({ method }) => method !== 'DELETE'),
    ({ ground }) => ground.target.adminKey,
    FORBIDDEN,
  ),
  refusedRow('administration with a standard key', ADMINISTRATION, ({ owner }) => owner.key, FORBIDDEN),
  {
    name: 'build logs with a key that may not manage',
    expected: FORBIDDEN,
    sent: 'GET …/builds/{id}/logs',
    send: () =>
      request('GET', `${scene.hidden.url}/builds/${scene.hiddenBuild}/logs`, { key: scene.keys.noManagement }),
  },
  {
    name: 'a key with more rights than the key that makes it',
    sent: 'POST /v1/users/{self}/keys with noBrowser, oneHost; an admin key with a full key',
    inputs: ['noBrowser', 'oneHost', 'admin'],
    expected: FORBIDDEN,
    send(name) {
      const isAdmin = name === 'admin'
      const body = JSON.stringify({
        key_type: isAdmin ? 'PlatformAdminKey' : 'ManagementKey',
        permissions: FULL_RIGHTS,
      })
      const url = `${scene.ground.target.url}/v1/users/${scene.owner.username}/keys`
      return request('POST', url, { key: isAdmin ? scene.owner.key : scene.keys[name as KeyName], body })
    },
  },
  {
    name: 'a key for somebody else',
    sent: 'POST /v1/users/{other}/keys with a standard key',
    expected: FORBIDDEN,
    send: () =>
      request('POST', `${scene.ground.target.url}/v1/users/${scene.owner.username}/keys`, {
        key: scene.stranger.key,
        body: '{"key_type":"ManagementKey"}',
      }),
  },
]

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

const valueRows: Row[] = [
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
      message: 'The algorithm has a public version; only an administrator may delete it',
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

const leftAlone: Row = {
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

testTheme({
  name: 'access',
  rows: [...keyRows, ...browserRows, ...missingRows, ...managementRows, ...valueRows, leftAlone],
  open: openScene,
})
