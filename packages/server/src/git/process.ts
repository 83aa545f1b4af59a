/**
 * Runs git. Every process gets the repository owner's uid, an environment made here and nowhere else, and its own
 * process group, so that the whole of it can be ended. Knows no repository and no HTTP.
 */
import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** Host uid that a git process runs under; undefined keeps the server's own, when the server is not root. */
export type HostUid = number | undefined

export interface GitOptions {
  readonly uid: HostUid
  /** Absolute path of the bare repository. */
  readonly repository: string
  readonly args: readonly string[]
  /** Written to its standard input. */
  readonly input?: Buffer | string
  readonly timeoutMs?: number
  /** Everybody else comes first. */
  readonly isNice?: boolean
  /** Ends it. */
  readonly signal?: AbortSignal
  /** Variables added to the common ones. */
  readonly environment?: Readonly<Record<string, string>>
}

const defaultTimeoutMs = 60_000
const maxOutputBytes = 64 * 1024 * 1024
/** Of each process; what is pushed must not take the memory of the server. */
const maxMemoryBytes = 1024 * 1024 * 1024

/** Settings of every git process; there is no other configuration but the repository's own few lines. */
const configuration: readonly (readonly [string, string])[] = [
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // A push is acknowledged only when it is durable: one fsynced pack per push instead of many loose files.
  ['core.fsync', 'objects,derived-metadata,reference'],
  ['receive.unpackLimit', '1'],
  ['fastimport.unpackLimit', '1'],
  ['receive.autogc', 'false'],
  ['receive.fsckObjects', 'true'],
  // Written by git versions of ten years ago, harmless, and found in old algorithm repositories.
  ['receive.fsck.zeroPaddedFilemode', 'warn'],
  ['receive.denyDeletes', 'true'],
  ['receive.denyNonFastForwards', 'true'],
  ['http.receivepack', 'true'],
  ['http.uploadpack', 'true'],
  ['http.getanyfile', 'false'],
  ['uploadpack.allowFilter', 'true'],
  ['core.logAllRefUpdates', 'false'],
  // A small pack can unfold to a file of any size: above this one it is never in memory as a whole.
  ['core.bigFileThreshold', '16m'],
  ['pack.windowMemory', '128m'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
]

/**
 * The whole environment of a git process.
 * @param settings configuration on top of the common part, as `key` → `value`
 */
export function gitEnvironment(settings: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = [...configuration, ...Object.entries(settings)]
  const environment: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: '/nonexistent',
    XDG_CONFIG_HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(all.length),
  }
  for (const [index, [key, value]] of all.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return environment
}

/**
 * The command that runs git under `uid`: within bounds, without rights, and without a way to any by programs that give some to whoever
 * starts them (set-uid).
 */
export function gitCommand(uid: HostUid, args: readonly string[]): [program: string, args: string[]] {
  const asOwner =
    uid === undefined
      ? []
      : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all']
  const limits = ['--core=0', `--data=${maxMemoryBytes}`, '--']
  return ['/usr/bin/prlimit', [...limits, '/usr/bin/setpriv', ...asOwner, '--no-new-privs', '--', 'git', ...args]]
}

/** A process alone in its group, away from the server's working directory. */
export const spawnOptions: SpawnOptions = { cwd: '/', detached: true }

/** Time that git has to remove its locks and temporary files before it is killed. */
const graceMs = 3000

/** Ends the process and everything it started. */
export function endGroup(pid: number | undefined): void {
  signalGroup(pid, 'SIGTERM')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref()
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended by itself.
  }
}

/** What a git process that failed says; its message is for operators, not for callers. */
export class GitError extends Error {
  readonly exitCode: number | null
  constructor(args: readonly string[], exitCode: number | null, stderr: string) {
    super(`git ${args[0]} failed with ${exitCode ?? 'a signal'}: ${stderr.trim().slice(0, 2000)}`)
    this.name = 'GitError'
    this.exitCode = exitCode
  }
}

/**
 * Runs one git command in a bare repository and returns its standard output.
 * @throws GitError when it exits with anything but 0, takes too long or prints too much
 */
export async function runGit(options: GitOptions): Promise<Buffer> {
  const { uid, repository, args, input, timeoutMs = defaultTimeoutMs, signal } = options
  const [program, programArgs] = gitCommand(uid, args)
  const niceArgs = options.isNice ? ['/usr/bin/nice', '-n', '19'] : []
  const [command = program, ...commandArgs] = [...niceArgs, program, ...programArgs]
  const child = spawn(command, commandArgs, {
    ...spawnOptions,
    env: { ...gitEnvironment({ 'core.hooksPath': '/dev/null' }), GIT_DIR: repository, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  }) as ChildProcessWithoutNullStreams
  const end = () => endGroup(child.pid)
  const timer = setTimeout(end, timeoutMs)
  signal?.addEventListener('abort', end)
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    // Not reading all of the input is git's right; its exit code tells whether that was a failure.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [exitCode, output, stderr] = await Promise.all([ended, collect(child), text(child.stderr)])
    if (exitCode !== 0) throw new GitError(args, exitCode, stderr)
    return output
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

async function collect(child: ChildProcessWithoutNullStreams): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of child.stdout) {
    sizeBytes += chunk.length
    if (sizeBytes > maxOutputBytes) endGroup(child.pid)
    else chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
