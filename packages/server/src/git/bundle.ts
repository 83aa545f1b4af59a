/**
 * Git bundles: a whole repository as one stream, which `git clone` reads too. Branches and tags have their names in it, further
 * commits are `refs/builds/NAME`, so that those that no branch reaches come along. Both ways git runs as the owner, within
 * the bounds of process.ts, and checks every object that comes in.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { endGroup, GitError, gitCommand, gitEnvironment, spawnOptions } from './process.ts'
import type { Repositories, RepositoryRef } from './repositories.ts'
import { requireUntouched } from './untouched.ts'

const SIGNATURE = '# v2 git bundle\n'
const MAX_HEAD_BYTES = 16 * 1024 * 1024
/** In a bundle alone: no repository has these names. */
const BUILDS = 'refs/builds/'
const LINE = /^([0-9a-f]{40}) (refs\/(?:heads|tags|builds)\/\S+)$/

/** What is wrong with a bundle; the message is for whoever wants to import it. */
export class BadGitBundle extends Error {}

/**
 * All branches and tags, and the commits that are given by name, with all that they lead to.
 * @throws GitError, RepositoryTouched
 */
export async function* writeGitBundle(
  repositories: Repositories,
  repository: RepositoryRef,
  commits: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer, void, undefined> {
  const list = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags']
  const refs = (await repositories.run(repository, list)).toString()
  const builds = [...commits].map(([name, sha]) => `${sha} ${BUILDS}${name}\n`).join('')
  yield Buffer.from(`${SIGNATURE}${refs}${builds}\n`)
  const wanted = `${refs}${builds}`.replace(/^([0-9a-f]{40}) .*$/gm, '$1')
  const args = ['pack-objects', '--stdout', '--revs', '--delta-base-offset', '--quiet', '--threads=1']
  const child = start(repositories, repository, args)
  const ended = endOf(child, args)
  try {
    ;(child.stdin as Writable).on('error', () => {}).end(wanted)
    yield* child.stdout as Readable
    await ended
  } finally {
    ended.catch(() => {})
    if (child.exitCode === null) endGroup(child.pid)
  }
}

/**
 * Makes a repository of a bundle, durably.
 *
 * @throws BadGitBundle for what is none, and for objects and names that a push would be refused for
 */
export async function readGitBundle(
  repositories: Repositories,
  repository: RepositoryRef,
  body: AsyncIterable<Buffer>,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<void> {
  const chunks = body[Symbol.asyncIterator]()
  const { lines, rest } = await readHead(chunks)
  // Written by git versions of ten years ago, and taken by pushes as well.
  const args = ['index-pack', '--stdin', '--strict=zeroPaddedFilemode=warn', '--threads=1']
  await repositories.createFilled(repository, async () => {
    await requireUntouched(repositories.pathOf(repository))
    const child = start(repositories, repository, args)
    const timer = setTimeout(() => endGroup(child.pid), timeoutMs)
    try {
      const ended = endOf(child, args)
      const fed = pipeline(Readable.from(after(rest, chunks), { objectMode: false }), child.stdin as Writable)
      ;(child.stdout as Readable).resume()
      // Git may refuse before it has read all; what it says is the reason then.
      await Promise.all([ended, fed.catch(() => {})])
      const kept = lines.filter(({ ref }) => !ref.startsWith(BUILDS))
      const updates = kept.map(({ ref, sha }) => `create ${ref}\0${sha}\0`).join('')
      await repositories.run(repository, ['update-ref', '--stdin', '-z'], Buffer.from(updates))
    } catch (error) {
      throw error instanceof GitError ? new BadGitBundle(error.message.slice(0, 500)) : error
    } finally {
      clearTimeout(timer)
    }
  })
}

/** Those of the objects that are commits of a repository. */
export async function commitsAmong(
  repositories: Repositories,
  repository: RepositoryRef,
  shas: readonly string[],
): Promise<Set<string>> {
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)']
  const answer = await repositories.run(repository, args, Buffer.from(shas.map((sha) => `${sha}\n`).join('')))
  const lines = answer.toString().split('\n')
  return new Set(lines.flatMap((line) => (line.endsWith(' commit') ? [line.slice(0, 40)] : [])))
}

function start(repositories: Repositories, repository: RepositoryRef, args: readonly string[]): ChildProcess {
  return spawn(...gitCommand(repositories.uidOf(repository), args), {
    ...spawnOptions,
    env: { ...gitEnvironment({ 'core.hooksPath': '/dev/null' }), GIT_DIR: repositories.pathOf(repository) },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

async function endOf(child: ChildProcess, args: readonly string[]): Promise<void> {
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [exitCode, stderr] = await Promise.all([closed, text(child.stderr as Readable)])
  if (exitCode !== 0) throw new GitError(args, exitCode, stderr)
}

interface Head {
  readonly lines: readonly { readonly sha: string; readonly ref: string }[]
  /** What came together with the end of the head. */
  readonly rest: Buffer
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Head> {
  let seen: Buffer = Buffer.alloc(0)
  for (let end = -1; end < 0; end = seen.indexOf('\n\n')) {
    const { value, done } = await chunks.next()
    if (done || seen.length > MAX_HEAD_BYTES) throw new BadGitBundle('a repository is no git bundle')
    seen = Buffer.concat([seen, value])
  }
  const end = seen.indexOf('\n\n')
  const head = seen.toString('utf8', 0, end + 1)
  if (!head.startsWith(SIGNATURE)) throw new BadGitBundle('a repository is no git bundle of version 2')
  const lines = head.slice(SIGNATURE.length).split('\n').filter(Boolean).map(parseLine)
  return { lines, rest: seen.subarray(end + 2) }
}

function parseLine(line: string): Head['lines'][number] {
  const [, sha, ref] = LINE.exec(line) ?? []
  if (sha && ref) return { sha, ref }
  throw new BadGitBundle(
    `a repository has branches and tags alone, and depends on nothing; got '${line.slice(0, 200)}'`,
  )
}

async function* after(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}
