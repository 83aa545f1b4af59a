import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ApiError } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import type { Caller } from '../caller.ts'
import { createGitHost, type GitHost } from './http-backend.ts'
import { readLog } from './log.ts'
import type { PushConversation } from './push-line.ts'
import { createRepositories, type Repositories } from './repositories.ts'

const run = promisify(execFile)
const log = pino({ level: 'silent' })
const repository = { id: randomUUID(), ownerId: 'owner-1' }
const hostUid = process.getuid?.() === 0 ? 210_017 : undefined
const account = {
  id: 'a',
  kind: 'user',
  name: 'demo',
  email: 'd@x.test',
  isAdmin: false,
  isViewer: false,
  isClosed: false,
  hostUid: 17,
} as const

let folder: string
let repositories: Repositories
let host: GitHost
let url: string
let firstSha: string
let lost = 0
const pushes: PushConversation[] = []
let answerPush: (push: PushConversation) => Promise<void> = async () => {}
const server = createServer((request, response) => host.handle(request, response, request.url ?? ''))

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'algorist-git-'))
  await chmod(folder, 0o711)
  repositories = await createRepositories({ folder: join(folder, 'git'), log, uidOf: () => hostUid })
  firstSha = await repositories.create(repository, {
    message: 'Algorithmia initial commit',
    author: { name: 'demo', email: 'd@x.test' },
    files: [
      { path: 'README.md', content: Buffer.from('# Hello\n'), executable: false },
      { path: 'bin/"odd" name', content: Buffer.from([0, 1, 2]), executable: true },
    ],
  })
  host = createGitHost({
    repositories,
    log,
    limits: { maxInputBytes: 3_000_000 },
    authenticateBasic: async (user, password) => caller(user, password),
    authorize: (who, { owner, name, action }) => {
      if (owner.toLowerCase() !== 'demo' || name.toLowerCase() !== 'hello') throw new ApiError('PathNotFound')
      if (action === 'write' && !(who.kind === 'key' && who.rights.allowAlgoManagement))
        throw new ApiError('NotAuthorized')
      return repository
    },
    onPush: async (push) => {
      pushes.push(push)
      await answerPush(push)
    },
    onLostPush: async () => {
      lost += 1
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(async () => {
  server.close()
  server.closeAllConnections()
  host.close()
  await rm(folder, { recursive: true, force: true })
})

function caller(user: string, password: string): Caller {
  const all = { allowData: true, allowDataWrite: true, allowAlgo: true, allowWebAlgo: true, refererHost: null }
  if (password === 'admin') return { kind: 'admin', account, keyId: 'k' }
  if (password === 'write')
    return {
      kind: 'key',
      login: 'key',
      account,
      keyId: 'k',
      rights: { ...all, algoAcl: [], allowAlgoManagement: true },
    }
  if (password === 'read')
    return {
      kind: 'key',
      login: 'key',
      account,
      keyId: 'k',
      rights: { ...all, algoAcl: [], allowAlgoManagement: false },
    }
  throw new ApiError('NotAuthenticated', `no such user ${user}`)
}

const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', HOME: '/nonexistent' }
const git = (cwd: string, ...args: string[]) =>
  run('git', ['-c', 'user.name=t', '-c', 'user.email=t@x.test', ...args], { cwd, env: environment, timeout: 30_000 })

async function clone(password = 'write', path = 'demo/Hello.git'): Promise<string> {
  const target = await mkdtemp(join(folder, 'clone-'))
  await git(folder, 'clone', '-q', `http://someone:${password}@${url}/git/${path}`, target)
  return target
}

async function commit(work: string, file: string, content: string | Buffer): Promise<string> {
  await writeFile(join(work, file), content)
  await git(work, 'add', '-A')
  await git(work, 'commit', '-q', '-m', `change ${file}`)
  return (await git(work, 'rev-parse', 'HEAD')).stdout.trim()
}

test('a clone has the first commit with its files and modes', async () => {
  const work = await clone()
  assert.equal((await git(work, 'rev-parse', 'HEAD')).stdout.trim(), firstSha)
  assert.equal(
    (await git(work, 'log', '--format=%an <%ae> %s')).stdout.trim(),
    'demo <d@x.test> Algorithmia initial commit',
  )
  assert.equal((await stat(join(work, 'bin/"odd" name'))).mode & 0o111, 0o111)
  assert.deepEqual(await readFile(join(work, 'bin/"odd" name')), Buffer.from([0, 1, 2]))
  assert.equal((await git(work, 'branch', '--show-current')).stdout.trim(), 'master')
})

test('names match in any case and with or without .git', async () => {
  await clone('read', 'DEMO/hello')
  await clone('read', 'demo/HELLO.git')
})

test('the repository is closed to every other user', async () => {
  const { mode, uid } = await stat(repositories.pathOf(repository))
  assert.equal(mode & 0o777, 0o700)
  assert.equal(uid, hostUid ?? process.getuid?.())
})

test('a push tells what it updated and shows the answer before it returns', async () => {
  answerPush = async (push) => push.print('build 1 \u001b[31mstarted\n')
  const work = await clone()
  const sha = await commit(work, 'a.txt', 'one')
  const { stderr } = await git(work, 'push', 'origin', 'master', 'master:refs/heads/other')
  assert.match(stderr, /remote: build 1 \[31mstarted/)
  assert.deepEqual(pushes.at(-1)?.updates, [
    { before: firstSha, after: sha, ref: 'refs/heads/master' },
    { before: '0'.repeat(40), after: sha, ref: 'refs/heads/other' },
  ])
  assert.equal(await repositories.head(repository), sha)
})

test('a large push in a chunked request arrives whole', async () => {
  const work = await clone()
  const noise = Buffer.alloc(2_000_000)
  for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE(Math.floor(Math.random() * 2 ** 32), at)
  const sha = await commit(work, 'noise.bin', noise)
  await git(work, 'push', '-q', 'origin', 'master')
  const fresh = await clone()
  assert.deepEqual(await readFile(join(fresh, 'noise.bin')), noise)
  assert.equal(await repositories.head(repository), sha)
})

test('a push above the size limit is refused and changes nothing', async () => {
  const work = await clone()
  const head = await repositories.head(repository)
  const noise = Buffer.alloc(4_000_000)
  for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE(Math.floor(Math.random() * 2 ** 32), at)
  await commit(work, 'more.bin', noise)
  await assert.rejects(git(work, 'push', 'origin', 'master'))
  assert.equal(await repositories.head(repository), head)
})

test('history cannot be rewritten and branches cannot be deleted', async () => {
  const work = await clone()
  await git(work, 'reset', '-q', '--hard', firstSha)
  await commit(work, 'b.txt', 'other history')
  const before = lost
  await assert.rejects(git(work, 'push', '--force', 'origin', 'master'), /non-fast-forward/)
  await assert.rejects(git(work, 'push', 'origin', ':other'), /deletion prohibited|denying ref deletion/)
  for (let attempt = 0; lost < before + 2 && attempt < 1000; attempt++) await delay(20)
  assert.equal(lost, before + 2, 'the repository is looked at when a hook did not speak')
})

test('only branches and tags can be pushed', async () => {
  const work = await clone()
  await assert.rejects(git(work, 'push', 'origin', 'HEAD:refs/meta/config'), /only branches and tags/)
})

test('a pusher who leaves does not undo the push', async () => {
  const gone = new Promise<void>((resolve) => {
    answerPush = async (push) => {
      process.kill(-(pushing.pid ?? 0), 'SIGKILL')
      push.gone.addEventListener('abort', () => resolve())
      await gone
    }
  })
  const work = await clone()
  const sha = await commit(work, 'c.txt', 'x')
  const pushing = spawn('git', ['push', 'origin', 'master'], {
    cwd: work,
    env: environment,
    detached: true,
    stdio: 'ignore',
  })
  await gone
  answerPush = async () => {}
  assert.equal(await repositories.head(repository), sha)
})

test('credentials come first: without or with wrong ones nothing is told', async () => {
  for (const path of ['demo/Hello.git', 'nobody/Nothing.git']) {
    const open = await fetch(`http://${url}/git/${path}/info/refs?service=git-upload-pack`)
    assert.equal(open.status, 401)
    assert.match(open.headers.get('www-authenticate') ?? '', /^Basic /)
  }
  await assert.rejects(clone('wrong'))
  await assert.rejects(clone('write', 'demo/Nothing.git'), /404|not found/)
})

test('an admin key is refused with a reason', async () => {
  await assert.rejects(clone('admin'), /Admin keys are not accepted for git/)
})

test('a key without the management right can clone but not push', async () => {
  const work = await clone('read')
  await commit(work, 'd.txt', 'x')
  await assert.rejects(git(work, 'push', 'origin', 'master'), /403/)
})

test('files of the repository are not served', async () => {
  const headers = { Authorization: `Basic ${Buffer.from('x:write').toString('base64')}` }
  for (const path of ['HEAD', 'config', 'objects/info/packs', 'info/refs', '../hooks/update', '%2e%2e/x']) {
    const { status } = await fetch(`http://${url}/git/demo/Hello.git/${path}`, { headers })
    assert.equal(status, 404, path)
  }
})

test('a gzipped request body is understood', async () => {
  const body = gzipSync(`0032want ${firstSha}\n00000009done\n`)
  const status = await new Promise<[number | undefined, string]>((resolve, reject) => {
    const headers = {
      Authorization: `Basic ${Buffer.from('x:read').toString('base64')}`,
      'Content-Type': 'application/x-git-upload-pack-request',
      'Content-Encoding': 'gzip',
      'Content-Length': body.length,
      Expect: '100-continue',
    }
    const options = { method: 'POST', headers, agent: false }
    const request = httpRequest(`http://${url}/git/demo/Hello.git/git-upload-pack`, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve([response.statusCode, Buffer.concat(chunks).toString('latin1')]))
    })
    request.on('continue', () => request.end(body))
    request.on('error', reject)
  })
  assert.equal(status[0], 200)
  assert.match(status[1], /PACK/)
})

test('the log runs from one commit to another, both included', async () => {
  const work = await clone()
  const second = await commit(work, 'e.txt', '1')
  const third = await commit(work, 'f.txt', '2')
  await git(work, 'push', '-q', 'origin', 'master')
  const ids = async (range: { since?: string; until?: string }) =>
    (await readLog(repositories, repository, range))?.map(({ id }) => id)
  assert.deepEqual(await ids({ since: second, until: third }), [third, second])
  assert.deepEqual(await ids({ since: third }), [third])
  assert.deepEqual(await ids({ until: firstSha }), [firstSha])
  assert.deepEqual(await ids({ since: firstSha, until: firstSha }), [firstSha])
  assert.equal((await ids({}))?.at(-1), firstSha)
  assert.equal(await ids({ since: 'f'.repeat(40) }), undefined)
  assert.equal((await readLog(repositories, repository, { since: third }))?.[0]?.short_message, 'change f.txt')
})

test('locks that a killed git left do not refuse pushes after a start', async () => {
  const path = repositories.pathOf(repository)
  await writeFile(join(path, 'refs/heads/master.lock'), '')
  await mkdir(join(path, 'objects/tmp_objdir-incoming-x'))
  const work = await clone()
  const sha = await commit(work, 'g.txt', '1')
  await assert.rejects(git(work, 'push', '-q', 'origin', 'master'), /Unable to create|failed to update ref/)
  await repositories.sweep(new Set([repository.id]))
  await git(work, 'push', '-q', 'origin', 'master')
  assert.equal(await repositories.head(repository), sha)
  await assert.rejects(stat(join(path, 'objects/tmp_objdir-incoming-x')))
})

test('a sweep removes repositories that no algorithm has, and only those', async () => {
  const orphan = { id: randomUUID(), ownerId: 'owner-1' }
  const author = { name: 'n', email: 'e' }
  await repositories.create(orphan, { message: 'm', author, files: [] })
  await repositories.sweep(new Set([repository.id]))
  await assert.rejects(stat(repositories.pathOf(orphan)))
  assert.notEqual(await repositories.head(repository), null)
})
