/** What the runner's tests share: a runner on a temporary folder, repositories made on the spot, calls with defaults. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { GivenLimits, WorkerLimits } from '../src/limits.ts'
import type { RunnerOptions } from '../src/options.ts'
import { createRunner } from '../src/runner.ts'
import type {
  BuildResult,
  CallIdentity,
  CallOutcome,
  CallRequest,
  NetworkAccess,
  PlatformGate,
  Runner,
} from '../src/types.ts'

export const isRoot = process.getuid?.() === 0
export const UID_BASE = 300_000

export interface Files {
  readonly [path: string]: string | { readonly link: string }
}

export interface Bench {
  readonly runner: Runner
  readonly home: string
  readonly log: string[]
  /** Commits `files` to a new repository and builds them. */
  build(
    files: Files,
    more?: {
      language?: string
      timeoutMs?: number
      signal?: AbortSignal
      commitSha?: string
      owner?: { accountId: string; hostUid: number }
      network?: NetworkAccess
    },
  ): Promise<Built>
  /** Builds an algorithm that must succeed; returns a function that calls it. */
  algorithm(source: string, more?: Special): Promise<Caller>
  /** Returns a function that calls an artifact. */
  callerOf(artifact: string, more: Special & { readonly language: string }): Caller
  close(): Promise<void>
}

/** What differs from a plain algorithm. */
export interface Special {
  readonly language?: string
  readonly network?: 'isolated' | 'full'
  readonly limits?: Partial<WorkerLimits>
  /** The artifact's own, unless several are builds of one algorithm. */
  readonly algorithmId?: string
}

export interface Built {
  readonly result: BuildResult
  readonly log: string
  readonly commitSha: string
}

export type Caller = (
  body: string | Buffer,
  more?: Partial<Pick<CallRequest, 'contentType' | 'requestId' | 'timeLeftMs' | 'wantsStdout'>> & {
    accountId?: string
    hostUid?: number
  },
) => Promise<CallOutcome>

export async function openBench(limits: GivenLimits = {}, more: Partial<RunnerOptions> = {}): Promise<Bench> {
  const root = mkdtempSync(join(tmpdir(), 'runner-'))
  chmodSync(root, 0o755)
  const home = join(root, 'home')
  const log: string[] = []
  const note = (fields: object, message: string) => void log.push(`${message} ${JSON.stringify(fields)}`)
  const runner = await createRunner({
    home,
    languagesFolder: join(import.meta.dirname, 'languages'),
    uidBase: isRoot ? UID_BASE : null,
    sandbox: 'bubblewrap',
    node: { binary: process.execPath, npmFolder: null },
    buildNetwork: { env: {}, files: [] },
    limits,
    gate: answeringGate,
    log: { debug: note, info: note, warn: note, error: note },
    ...more,
  })

  async function build(files: Files, options: Parameters<Bench['build']>[1] = {}): Promise<Built> {
    const repository = join(root, `${randomUUID()}.git`)
    const commitSha = options.commitSha ?? commit(repository, files)
    if (options.commitSha !== undefined) commit(repository, files)
    let text = ''
    const result = await runner.build(
      {
        buildId: randomUUID(),
        ...(options.owner ?? { accountId: 'owner', hostUid: 1 }),
        algorithm: { owner: 'owner', name: 'Thing' },
        language: options.language ?? 'frames',
        source: { repository, commitSha },
        timeoutMs: options.timeoutMs ?? 30_000,
        ...(options.network === undefined ? {} : { network: options.network }),
      },
      {
        onLog: (part) => {
          text += part
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    )
    return { result, log: text, commitSha }
  }

  async function algorithm(source: string, options: Parameters<Bench['algorithm']>[1] = {}): Promise<Caller> {
    const language = options.language ?? 'frames'
    const { result, log: text } = await build(
      { [language === 'fifo' ? 'pipe.py' : 'algorithm.py']: source },
      { language },
    )
    if (result.status !== 'succeeded') throw new Error(`${result.reason}\n${text}`)
    return callerOf(result.artifact, { ...options, language })
  }

  function callerOf(artifact: string, options: Parameters<Bench['callerOf']>[1]): Caller {
    const { language } = options
    return (body, { accountId = 'caller', hostUid = 2, ...call } = {}) => {
      const { requestId = `req-${randomUUID()}` } = call
      return runner.call({
        requestId,
        worker: {
          key: { accountId, algorithmId: options.algorithmId ?? artifact, buildId: artifact, rights: '' },
          hostUid,
          artifact,
          language,
          algorithm: { owner: 'owner', name: 'Thing' },
          network: options.network ?? 'isolated',
          ...(options.limits === undefined ? {} : { limits: options.limits }),
        },
        contentType: 'text',
        body: Buffer.from(body),
        timeLeftMs: 20_000,
        wantsStdout: false,
        identity: identityOf(requestId, accountId, artifact),
        ...call,
      })
    }
  }

  return {
    runner,
    home,
    log,
    build,
    algorithm,
    callerOf,
    async close() {
      await runner.close({ graceMs: 1000 })
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function identityOf(requestId: string, callerId: string, artifact: string): CallIdentity {
  return {
    requestId,
    sessionId: requestId,
    callerId,
    algorithmId: artifact,
    algorithmOwnerId: 'owner',
    buildId: artifact,
    rights: { algorithms: ['*'], dataRead: true, dataWrite: true },
    mayCallAlgorithms: true,
    depth: 0,
    deadlineAtMs: 0,
  }
}

/** A platform API that answers every line with the request id it belongs to. */
const answeringGate: PlatformGate = {
  accept(connection, identity) {
    let answered = Promise.resolve()
    connection.on('data', (bytes) => {
      answered = answered.then(async () => {
        connection.write(`${(await identity())?.requestId ?? 'nobody'} ${bytes.length}\n`)
      })
    })
    // The end may be heard before it is known whom the last line is of.
    connection.on('end', () => void answered.then(() => connection.end()))
  },
}

/** Makes a bare repository with one commit of `files`; returns the commit. */
export function commit(repository: string, files: Files): string {
  const work = `${repository}-work`
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true })
    if (typeof content === 'string') writeFileSync(join(work, path), content)
    else symlinkSync(content.link, join(work, path))
  }
  const env = { PATH: '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/nonexistent' }
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim()
  git(work, 'init', '-q', '-b', 'master')
  git(work, 'add', '-A')
  git(work, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-q', '-m', 'first')
  git(dirname(work), 'clone', '-q', '--bare', work, repository)
  return git(work, 'rev-parse', 'HEAD')
}

/** Command lines of the processes on this host that contain `text`. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(text))
}

/** Waits until `isTrue()`, at most `timeoutMs`. */
export async function until(isTrue: () => boolean, timeoutMs = 30_000): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error('It did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** What an outcome carries, as text. */
export function textOf(outcome: CallOutcome): string {
  return outcome.kind === 'result' ? outcome.body.toString() : `${outcome.kind}: ${outcome.message}`
}
