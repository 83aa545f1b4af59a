/** Git over HTTP: who may not, what is no git, pushes that are refused, trees that are dangerous (runtime.md 1.4, rest-api.md X22, design.md 6). */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Account, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm, git, pushGreen, type Workshop, workshop } from '../lib/algorithms.ts'
import { curlJson } from '../lib/curl.ts'
import { run } from '../lib/processes.ts'
import { answerOf, createForge, type Forge } from './lib/forge.ts'
import { type Ground, request, startGround } from './lib/ground.ts'
import { type Answer, type Row, testTheme } from './lib/rows.ts'
import { treeRows } from './lib/tree-rows.ts'
import { exchangeOne, rawRequest } from './lib/wire.ts'

const PUSH_LIMIT_BYTES = 1 << 20
const BOMB_BYTES = 200 << 20

let ground: Ground
let shop: Workshop
let stranger: Account
let forge: Forge
let noManagementKey: string
let compressed: Buffer
/** The commit that `prepare` made for `send`. */
let forged = ''

async function open(): Promise<Ground> {
  ground = await startGround({ ALGORIST_GIT_PUSH_BYTES: String(PUSH_LIMIT_BYTES) })
  const { target, probe } = ground
  stranger = probe.stranger
  ;({ shop } = await createAlgorithm(target, probe.owner, { name: 'Forge', language: 'python3' }))
  await pushGreen(shop, { 'requirements.txt': '' })
  await curlJson('PUT', probe.shop.url, { key: probe.owner.key, json: { settings: { source_visibility: 'open' } } })
  noManagementKey = await createKey(target, probe.owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
  forge = await createForge(shop)
  const close = ground.target.close
  return { ...ground, target: { ...target, close: () => forge.close().then(close) } }
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const owner = () => basic(shop.owner.username, shop.owner.key)

/** The address of the repository of `Forge`, or of another algorithm of the same owner. */
const repository = (name = 'Forge') => `${ground.target.url}/git/${shop.owner.username}/${name}.git`

function ask(authorization: string, service: string, name?: string): Promise<Answer> {
  const headers: Record<string, string> = authorization === '' ? {} : { Authorization: authorization }
  return request('GET', `${repository(name)}/info/refs?service=${service}`, { headers })
}

const SERVICES = ['git-upload-pack', 'git-receive-pack']

const access: Row[] = [
  {
    name: 'a clone or push without credentials',
    inputs: SERVICES,
    expected: { status: 401, message: 'Give an account name and its password or an API key\n' },
    send: (service) => ask('', String(service)),
  },
  {
    name: 'credentials of another kind',
    inputs: ['Simple key', 'Bearer key', 'Basic', 'Basic %%%', 'Basic bm9jb2xvbg==', 'Digest x'],
    expected: { status: 401, message: 'Give an account name and its password or an API key\n' },
    send: (text) => ask(String(text).replace('key', shop.owner.key), 'git-receive-pack'),
  },
  {
    name: 'a wrong password',
    inputs: ['', 'wrong', 'simUnknownUnknownUnknown1234', 'x'.repeat(10_000), '\u0000', 'é'],
    expected: { status: 401, message: 'Credentials are missing or not known\n' },
    withinMs: 2000,
    send: (password) => ask(basic(shop.owner.username, String(password)), 'git-receive-pack'),
  },
  {
    name: 'an admin key',
    inputs: SERVICES,
    expected: { status: 403, message: 'Admin keys are not accepted here; use a standard key\n' },
    send: (service) => ask(basic(ground.target.username, ground.target.adminKey), String(service)),
  },
  {
    name: "somebody else's closed repository",
    inputs: SERVICES,
    expected: { status: 404, message: /^There is no repository \w+\/Forge, or you may not read it\n$/ },
    send: (service) => ask(basic(shop.owner.username, stranger.key), String(service)),
  },
  {
    name: "a push to somebody else's open repository",
    sent: 'git push with the key of a stranger',
    expected: { status: 128, message: /error: 403/ },
    withinMs: 3000,
    send: () =>
      forge.pushTo(
        workshop(ground.target, { ...stranger, username: shop.owner.username }, 'Probe').gitUrl,
        'HEAD:refs/heads/master',
      ),
  },
  {
    name: 'a push with a key that may not manage',
    sent: 'info/refs and the pack itself',
    inputs: ['GET', 'POST'],
    expected: { status: 403, message: 'This API key has no right to manage algorithms (allow_algo_management)\n' },
    send: (method) =>
      method === 'GET'
        ? ask(basic(shop.owner.username, noManagementKey), 'git-receive-pack')
        : request('POST', `${repository()}/git-receive-pack`, {
            headers: { Authorization: basic(shop.owner.username, noManagementKey) },
            contentType: 'application/x-git-receive-pack-request',
            body: '0000',
          }),
  },
]

const NO_ADDRESS = { status: 404, message: 'There is no repository at this address\n' }

function raw(method: string, path: string): Promise<Answer> {
  const headers = ['Host: localhost', `Authorization: ${owner()}`, 'Content-Length: 0']
  return exchangeOne(ground.target.url, [rawRequest(`${method} ${path} HTTP/1.1`, headers)])
}

const addresses: Row[] = [
  {
    name: 'files of the repository, as the dumb protocol reads them',
    inputs: [
      'HEAD',
      'config',
      'info/refs',
      'objects/info/packs',
      'objects/info/alternates',
      'objects/00/0000000000000000000000000000000000000000',
      'objects/pack/pack-0.pack',
      'hooks/post-receive',
      'refs/heads/master',
      'packed-refs',
      'description',
      '',
    ],
    expected: NO_ADDRESS,
    send: (file) => raw('GET', `/git/${shop.owner.username}/Forge.git/${file}`),
  },
  {
    name: 'dots in the address',
    inputs: [
      '../x',
      '..',
      'Forge.git/../Probe.git/info/refs?service=git-upload-pack',
      'Forge.git/..%2f..%2fx/info/refs?service=git-upload-pack',
      '%2e%2e/info/refs?service=git-upload-pack',
      'Forge.git//info/refs?service=git-upload-pack',
      '../../../etc/passwd',
      'Forge.git/info/refs/../../HEAD',
    ],
    expected: NO_ADDRESS,
    send: (path) => raw('GET', `/git/${shop.owner.username}/${path}`),
  },
  {
    name: 'services and methods that are not offered',
    inputs: [
      'GET info/refs?service=git-upload-archive',
      'GET info/refs?service=',
      'GET info/refs?service=../x',
      'POST info/refs?service=git-upload-pack',
      'GET git-receive-pack',
      'PUT git-receive-pack',
      'DELETE git-upload-pack',
      'POST git-upload-archive',
      'PROPFIND ',
    ],
    expected: NO_ADDRESS,
    send: (line) => {
      const [method = '', path = ''] = String(line).split(' ')
      return raw(method, `/git/${shop.owner.username}/Forge.git/${path}`)
    },
  },
]

const post = (service: string, body: Buffer | string, contentType = `application/x-${service}-request`) =>
  request('POST', `${repository()}/${service}`, { headers: { Authorization: owner() }, contentType, body })

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

const garbage: Row[] = [
  {
    name: 'a push whose body is no push',
    inputs: GARBAGE,
    expected: { status: [200, 400, 500], message: /^/ },
    withinMs: 2000,
    send: (body) => post('git-receive-pack', String(body)),
  },
  {
    name: 'a clone whose request is none',
    inputs: GARBAGE,
    expected: { status: [200, 400, 500], message: /^/ },
    withinMs: 2000,
    send: (body) => post('git-upload-pack', String(body)),
  },
  {
    name: 'a push of another content type',
    inputs: ['text/plain', 'application/x-git-upload-pack-request', 'application/json'],
    expected: { status: 415, message: /^/ },
    send: (type) => post('git-receive-pack', '0000', String(type)),
  },
  {
    name: 'compressed bodies that are not, or that never end',
    sent: 'Content-Encoding: gzip with garbage; with 200 MiB of zeros in 200 kB',
    inputs: ['garbage', 'bomb'],
    expected: { status: [200, 400, 413, 500], message: /^/ },
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

const pushes: Row[] = [
  {
    name: 'a push that rewrites history',
    sent: 'git push --force of a commit without parents',
    expected: { status: 1, message: /denying non-fast-forward|non-fast-forward/ },
    withinMs: 3000,
    async send() {
      const tree = await forge.tree([])
      const sha = await forge.object(
        'commit',
        `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nno parent\n`,
      )
      return forge.push(`${sha}:refs/heads/master`, '--force')
    },
  },
  {
    name: 'a push that deletes the default branch',
    inputs: [':refs/heads/master'],
    expected: { status: 1, message: /deletion prohibited|denying ref deletion|deleting/ },
    withinMs: 3000,
    send: (refspec) => forge.push(String(refspec), '--force'),
  },
  {
    name: 'a push to a ref that is neither branch nor tag',
    inputs: ['refs/notes/commits', 'refs/pull/1/head', 'refs/replace/x', 'refs/remotes/origin/x', 'refs/stash'],
    expected: { status: 1, message: /only branches and tags can be pushed|refusing to create funny ref/ },
    withinMs: 3000,
    send: (ref) => forge.push(`HEAD:${ref}`),
  },
  {
    name: 'a push to another branch or a tag is stored, not built',
    inputs: ['refs/heads/other', 'refs/tags/v1'],
    expected: { status: 0, message: /is stored; only master is built/ },
    withinMs: 3000,
    send: (ref) => forge.push(`HEAD:${ref}`),
  },
  {
    name: 'a commit that git itself would not make',
    inputs: ['no author', 'no tree', 'a time that is none', 'a NUL in the header', 'an unknown tree'],
    expected: { status: 1, message: /fsck error|missing|unpack|remote rejected/i },
    withinMs: 3000,
    async prepare(kind) {
      const tree = await forge.tree([])
      const texts: Record<string, string> = {
        'no author': `tree ${tree}\n\nx\n`,
        'no tree': 'author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n',
        'a time that is none': `tree ${tree}\nauthor A <a@b> x +0000\ncommitter A <a@b> 1 +0000\n\nx\n`,
        'a NUL in the header': `tree ${tree}\nauthor A\u0000 <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`,
        'an unknown tree': `tree ${'2'.repeat(40)}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`,
      }
      forged = await forge.object('commit', texts[String(kind)] ?? '')
    },
    // The pusher's own git would notice some of these first.
    send: () => pushPack(forged),
  },
  {
    name: 'a pack over the limit',
    sent: '3 MiB that do not compress, limit 1 MiB',
    expected: { status: 1, message: /pack exceeds maximum allowed size/ },
    withinMs: 5000,
    async prepare() {
      const sha = await forge.blob(randomBytes(3 << 20))
      forged = await forge.commit(await forge.treeWith([{ mode: '100644', name: 'random.bin', sha }]))
    },
    send: () => forge.push(`${forged}:refs/heads/master`),
  },
  {
    name: 'six pushes to one branch at the same time',
    sent: 'different commits on the same parent',
    expected: { status: 0, message: '1 stored, 5 refused' },
    withinMs: 15_000,
    async send() {
      const shas: string[] = []
      for (let n = 0; n < 6; n++) {
        const sha = await forge.blob(`version ${n}`)
        shas.push(await forge.commit(await forge.treeWith([{ mode: '100644', name: 'RACE', sha }])))
      }
      const answers = await Promise.all(shas.map((sha) => forge.push(`${sha}:refs/heads/master`)))
      const refused = answers.filter(({ status }) => status === 1)
      for (const { text } of refused) assert.match(text, /rejected|failed to (?:update|push)|cannot lock|fetch first/)
      return {
        status: 0,
        text: `${answers.filter(({ status }) => status === 0).length} stored, ${refused.length} refused`,
      }
    },
  },
  {
    name: 'clones while pushes arrive',
    sent: 'three pushes, eight clones',
    expected: { status: 0, message: '8 clones' },
    withinMs: 15_000,
    async send() {
      const pushing = (async () => {
        for (let n = 0; n < 3; n++) {
          const sha = await forge.blob(`during ${n}`)
          const commit = await forge.commit(await forge.treeWith([{ mode: '100644', name: 'DURING', sha }]))
          assert.equal((await forge.push(`${commit}:refs/heads/master`)).status, 0)
        }
      })()
      let clones = 0
      for (let n = 0; n < 8; n++) {
        const answer = answerOf(await git(forge.folder, 'clone', '-q', '--bare', shop.gitUrl, `../clone-${n}`))
        assert.equal(answer.status, 0, answer.text)
        clones++
      }
      await pushing
      return { status: 0, text: `${clones} clones` }
    },
  },
]

/** Pushes one commit alone, without the look at its objects that `git push` takes. */
async function pushPack(sha: string): Promise<Answer> {
  const pack = await run('git', ['pack-objects', '--stdout', '-q'], { cwd: forge.folder, input: `${sha}\n` })
  assert.equal(pack.code, 0, pack.stderr)
  const command = `${'0'.repeat(40)} ${sha} refs/heads/forged-${sha.slice(0, 8)}\u0000 report-status\n`
  const line = (command.length + 4).toString(16).padStart(4, '0') + command
  const answer = await post('git-receive-pack', Buffer.concat([Buffer.from(`${line}0000`), pack.stdout]))
  assert.equal(answer.status, 200, answer.text)
  assert.doesNotMatch(answer.text, /unpack ok/)
  return { status: 1, text: answer.text }
}

testTheme({ name: 'git', rows: [...access, ...addresses, ...garbage, ...pushes, ...treeRows(() => forge)], open })
