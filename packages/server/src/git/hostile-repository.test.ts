/**
 * What git is given by others, in a repository's own files and in what is pushed, makes it run and read nothing; and its
 * processes have no more rights, files and secrets than they need.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, lchownSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { pino } from 'pino'
import type { Caller } from '../caller.ts'
import { createGitHost, type GitHost } from './http-backend.ts'
import { createRepositories, type Repositories, type RepositoryRef } from './repositories.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const OWNER_UID = isRoot ? 210_021 : undefined
const OTHER_UID = isRoot ? 210_022 : undefined
const PASSWORD = 'correct-horse-battery'
const CANARY = 'canary-of-the-servers-environment'

let folder: string
let repositories: Repositories
let host: GitHost
let url: string
let repository: RepositoryRef
let other: RepositoryRef
let whilePushing: () => void = () => {}
const server = createServer((request, response) => host.handle(request, response, request.url ?? ''))

before(async () => {
  process.env.ALGORIST_CANARY = CANARY
  folder = await mkdtemp(join(tmpdir(), 'algorist-hostile-'))
  await chmod(folder, 0o711)
  repositories = await createRepositories({
    folder: join(folder, 'git'),
    log: pino({ level: 'silent' }),
    uidOf: (ownerId) => (ownerId === 'other' ? OTHER_UID : OWNER_UID),
  })
  host = createGitHost({
    repositories,
    log: pino({ level: 'silent' }),
    authenticateBasic: async () => ({ kind: 'anonymous' }) as Caller,
    authorize: () => repository,
    onPush: async () => whilePushing(),
    onLostPush: async () => {},
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://demo:${PASSWORD}@127.0.0.1:${(server.address() as AddressInfo).port}/git/demo/Hello.git`
})

beforeEach(async () => {
  ;[repository, other] = (await Promise.all(['owner', 'other'].map(create))) as [RepositoryRef, RepositoryRef]
})

after(async () => {
  delete process.env.ALGORIST_CANARY
  server.close()
  server.closeAllConnections()
  host.close()
  await rm(folder, { recursive: true, force: true })
})

async function create(ownerId: string): Promise<RepositoryRef> {
  const made = { id: randomUUID(), ownerId }
  const files = [{ path: 'README.md', content: Buffer.from('# Hello\n'), executable: false }]
  await repositories.create(made, { message: 'first', author: { name: ownerId, email: 'd@x.test' }, files })
  return made
}

const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', HOME: '/nonexistent' }
const git = (cwd: string, ...args: string[]) =>
  run('git', ['-c', 'user.name=t', '-c', 'user.email=t@x.test', ...args], { cwd, env: environment, timeout: 30_000 })

async function clone(...options: string[]): Promise<string> {
  const target = await mkdtemp(join(folder, 'clone-'))
  await git(folder, 'clone', '-q', ...options, url, target)
  return target
}

async function commitAll(work: string): Promise<string> {
  await git(work, 'add', '-A')
  await git(work, 'commit', '-q', '-m', 'change')
  return (await git(work, 'rev-parse', 'HEAD')).stdout.trim()
}

async function pushChange(work: string): Promise<string> {
  await writeFile(join(work, 'file'), randomUUID())
  const sha = await commitAll(work)
  await git(work, 'push', '-q', 'origin', 'master')
  return sha
}

/** A program that leaves a mark when it is run by anybody. */
async function makeTrap(name: string): Promise<{ path: string; wasRun: () => boolean }> {
  const place = await mkdtemp(join(folder, 'trap-'))
  await chmod(place, 0o777)
  const path = join(place, name)
  await writeFile(path, `#!/bin/sh\ntouch ${place}/was-run\nexit 1\n`, { mode: 0o755 })
  return { path, wasRun: () => existsSync(join(place, 'was-run')) }
}

/** As the owner's own processes would leave it. */
function giveToOwner(path: string): void {
  if (OWNER_UID !== undefined) lchownSync(path, OWNER_UID, OWNER_UID)
}

describe('a repository that something else than git has changed', () => {
  const inside = (name: string) => join(repositories.pathOf(repository), name)
  const config = (lines: string) => `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n${lines}`

  const changes: readonly (readonly [what: string, change: (trap: string) => Promise<void>])[] = [
    ['a program for alternates', (trap) => writeFile(inside('config'), config(`\talternateRefsCommand = ${trap}\n`))],
    ['a file system monitor', (trap) => writeFile(inside('config'), config(`\tfsmonitor = ${trap}\n`))],
    ['a pager', (trap) => writeFile(inside('config'), config(`[pager]\n\tlog = ${trap}\n`))],
    ['another configuration', () => writeFile(inside('config'), config('[include]\n\tpath = /etc/gitconfig\n'))],
    ['a work tree', () => writeFile(inside('config'), config('\tworktree = /etc\n'))],
    [
      'hooks',
      async (trap) => {
        await mkdir(inside('hooks'))
        for (const name of ['pre-receive', 'update', 'post-update']) await symlink(trap, inside(`hooks/${name}`))
      },
    ],
    [
      'objects elsewhere',
      () => writeFile(inside('objects/info/alternates'), `${repositories.pathOf(other)}/objects\n`),
    ],
    ['a common folder elsewhere', () => writeFile(inside('commondir'), repositories.pathOf(other))],
    [
      'a link for its objects',
      async () => {
        await rename(inside('objects'), join(folder, randomUUID()))
        await symlink(join(repositories.pathOf(other), 'objects'), inside('objects'))
      },
    ],
    [
      'a link for its branches',
      async () => {
        await rm(inside('refs/heads'), { recursive: true })
        await symlink(join(repositories.pathOf(other), 'refs/heads'), inside('refs/heads'))
      },
    ],
    [
      'a link for its configuration',
      async () => {
        await rm(inside('config'))
        await symlink(join(repositories.pathOf(other), 'config'), inside('config'))
      },
    ],
  ]
  for (const [what, change] of changes) {
    test(`${what}: is not served, and nothing is run`, async () => {
      const work = await clone()
      const trap = await makeTrap('program')
      await change(trap.path)
      await assert.rejects(clone(), /500/)
      await assert.rejects(pushChange(work), /500/)
      await assert.rejects(repositories.run(repository, ['log', '-1']), /changed by something else than git: /)
      await assert.rejects(repositories.settle(repository), /changed by something else than git: /)
      assert.equal(trap.wasRun(), false)
    })
  }

  test('a link or a FIFO in the place of a branch is not read with the rights of the server', async () => {
    const secret = join(folder, 'secret')
    await writeFile(secret, `${'a'.repeat(40)}\n`, { mode: 0o600 })
    await rm(inside('refs/heads/master'))
    await symlink(secret, inside('refs/heads/master'))
    giveToOwner(inside('refs/heads/master'))
    assert.notEqual(await repositories.head(repository).catch(() => null), 'a'.repeat(40))
    await rm(inside('refs/heads/master'))
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', inside('refs/heads/master')])
    const late = new Promise((resolve) => setTimeout(resolve, 5000, 'waited').unref())
    assert.notEqual(await Promise.race([repositories.head(repository).catch(() => null), late]), 'waited')
  })

  test('at a start such a repository is left alone, and the others are tidied', async () => {
    await writeFile(inside('commondir'), '/etc')
    const lock = join(repositories.pathOf(other), 'refs/heads/master.lock')
    await writeFile(lock, '')
    const known = new Set(readdirSync(repositories.folder).map((name) => name.replace(/\.git$/, '')))
    await repositories.sweep(known)
    assert.equal(existsSync(lock), false)
  })
})

describe('what is pushed', () => {
  /** Trees that no git command would make. */
  async function pushTree(entries: string): Promise<void> {
    const work = await clone()
    const made = (args: string[], input: string) =>
      execFileSync('git', args, { cwd: work, env: environment, input, encoding: 'utf8' }).trim()
    const blob = made(['hash-object', '-w', '--stdin'], 'content\n')
    const link = made(['hash-object', '-w', '--stdin'], '/etc')
    const tree = made(['mktree'], entries.replaceAll('BLOB', blob).replaceAll('LINK', link))
    const author = {
      GIT_AUTHOR_NAME: 't',
      GIT_AUTHOR_EMAIL: 't@x.test',
      GIT_COMMITTER_NAME: 't',
      GIT_COMMITTER_EMAIL: 't@x',
    }
    const env = { ...environment, ...author }
    const args = ['commit-tree', tree, '-p', 'HEAD', '-m', 'x']
    const commit = execFileSync('git', args, { cwd: work, env, encoding: 'utf8' }).trim()
    await git(work, 'push', '-q', 'origin', `${commit}:refs/heads/master`)
  }

  const trees: readonly (readonly [what: string, entries: string])[] = [
    ['a folder .git', '100644 blob BLOB\t.git\n'],
    ['a folder .GIT', '100644 blob BLOB\t.GIT\n'],
    ['a folder that file systems take for .git', '100644 blob BLOB\t.g\u200cit\n'],
    ['a way up', '100644 blob BLOB\t..\n'],
    ['submodules behind a link', '120000 blob LINK\t.gitmodules\n'],
  ]
  for (const [what, entries] of trees) {
    test(`with ${what} is refused`, async () => {
      const head = await repositories.head(repository)
      await assert.rejects(pushTree(entries), /unpacker error|fsck|index-pack|remote rejected|hasDot|gitmodulesSymlink/)
      assert.equal(await repositories.head(repository), head)
    })
  }

  test('with a submodule whose address is an option is refused', async () => {
    const work = await clone()
    await writeFile(join(work, '.gitmodules'), '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch\n')
    await commitAll(work)
    await assert.rejects(git(work, 'push', '-q', 'origin', 'master'), /gitmodulesUrl|unpacker error|index-pack/)
  })

  test('with filters, LFS and submodules is stored as it is, and nothing is run or fetched', async () => {
    const work = await clone()
    await writeFile(join(work, '.gitattributes'), '* filter=lfs diff=lfs merge=lfs export-subst ident\n')
    await writeFile(join(work, '.lfsconfig'), '[lfs]\n\turl = http://127.0.0.1:9/lfs\n')
    await writeFile(join(work, '.gitmodules'), '[submodule "x"]\n\tpath = x\n\turl = http://127.0.0.1:9/x\n')
    await writeFile(join(work, 'large.bin'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n')
    const sha = await commitAll(work)
    await git(work, 'push', '-q', 'origin', 'master')
    const file = await repositories.readFile(repository, { commitSha: sha, path: 'large.bin', maxSizeBytes: 1000 })
    assert.match(String(file), /^version https:/)
  })

  test('from a shallow clone arrives', async () => {
    await pushChange(await clone())
    const sha = await pushChange(await clone('--depth', '1', '--no-local'))
    assert.equal(await repositories.head(repository), sha)
    await pushChange(await clone())
  })
})

interface SeenProcess {
  readonly command: string
  readonly status: string
  readonly limits: string
  readonly environment: string
  readonly files: readonly string[]
}

/** Every process that works on the repositories, or descends from one. */
function seenProcesses(): SeenProcess[] {
  const read = (pid: string, name: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'latin1')
    } catch {
      return ''
    }
  }
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(pid, 'environ').includes(`GIT_PROJECT_ROOT=${repositories.folder}`))
    .map((pid) => ({
      command: read(pid, 'cmdline').replaceAll('\0', ' '),
      status: read(pid, 'status'),
      limits: read(pid, 'limits'),
      environment: read(pid, 'environ'),
      files: readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
    }))
}

describe('processes of git', () => {
  test('have the uid of the owner, no rights, and nothing of the server', async () => {
    let seen: SeenProcess[] = []
    whilePushing = () => {
      seen = seenProcesses()
    }
    await pushChange(await clone())
    whilePushing = () => {}
    const commands = seen.map(({ command }) => command)
    assert.ok(seen.length >= 3, `git http-backend, git receive-pack and the hook: ${commands.join(', ')}`)
    const uid = String(OWNER_UID ?? process.getuid?.())
    for (const { status, limits, environment, command, files } of seen) {
      assert.match(limits, /^Max data size +1073741824 /m, command)
      assert.match(limits, /^Max core file size +0 /m, command)
      assert.deepEqual(/^Uid:\t(.*)$/m.exec(status)?.[1]?.split('\t'), [uid, uid, uid, uid], command)
      assert.match(status, /^NoNewPrivs:\t1$/m, command)
      assert.match(status, /^CapEff:\t0+$/m, command)
      if (isRoot) assert.match(status, /^Groups:\t *$/m, command)
      if (isRoot) assert.match(status, /^CapBnd:\t0+$/m, command)
      for (const text of [environment, command]) {
        assert.ok(!text.includes(CANARY) && !text.includes(PASSWORD), text)
        assert.ok(!/Authorization|ALGORIST/.test(text), text)
      }
      const own = repositories.pathOf(repository)
      for (const file of files) {
        const isUsual = /^(?:pipe|socket|anon_inode):|^\/dev\/null$/.test(file) || file.startsWith(own)
        assert.ok(isUsual || file.startsWith(repositories.hooksFolder), `${command} has ${file} open`)
      }
      assert.ok(files.filter((file) => file.startsWith('socket:')).length <= 4, `${command}: ${files.join(' ')}`)
    }
  })

  test("cannot read another owner's repository", {
    skip: isRoot ? false : 'one uid for all without root',
  }, async () => {
    const path = repositories.pathOf(other)
    assert.equal(statSync(path).mode & 0o777, 0o700)
    const asOwner = ['/usr/bin/setpriv', `--reuid=${OWNER_UID}`, `--regid=${OWNER_UID}`, '--clear-groups', '--']
    const looking = (...args: string[]) => run('/usr/bin/env', [...asOwner, ...args], { cwd: '/' })
    await assert.rejects(looking('ls', path), /Permission denied/)
    await assert.rejects(looking('cat', join(path, 'HEAD')), /Permission denied/)
    await assert.rejects(looking('ls', repositories.folder), /Permission denied/)
    await assert.rejects(looking('touch', join(repositories.hooksFolder, 'update')), /Permission denied/)
  })
})
