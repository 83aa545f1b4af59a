/**
 * Prepares and starts the process of one worker: its run folder, its door to the platform API, its FIFO, its sandbox.
 * Owns those until `release`; what is said over them is the transport's, and what state it is in the worker's.
 */
import { chown, mkdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { ArtifactStore } from './artifacts.ts'
import type { ReportContained } from './containment.ts'
import { createPassable, type Folders, removeTree } from './folders.ts'
import type { Language } from './languages.ts'
import { type RunnerLimits, type WorkerLimits, workerLimits } from './limits.ts'
import type { Logger, RunnerOptions } from './options.ts'
import { makePipes, type OutputPipes, type OutputReaders, type Pipes, startWith } from './pipes.ts'
import { type Door, openDoor } from './platform-door.ts'
import type { Pressure } from './pressure.ts'
import type { Processors } from './processors.ts'
import { languageMounts, type RuntimeFiles } from './runtime-files.ts'
import type { ProcessGroup } from './sandbox/groups/groups.ts'
import { mergedFolder, type Overlay } from './sandbox/overlay.ts'
import type { Bind, Sandbox, SandboxProcess, SandboxSpec, Started } from './sandbox/sandbox.ts'
import type { IdentityOfWorker, PlatformGate, WorkerSpec } from './types.ts'
import type { SecretsOf } from './worker-secrets.ts'
import type { Zygotes } from './zygote.ts'

/** Where a worker finds the platform API; its loopback is its own, so every worker uses the same port. */
export const RELAY_PORT = 41899
const INSIDE_SOCKET = '/run/algorist/api.sock'
const INSIDE_RELAY = '/opt/relay/relay.pl'

/** What launching needs and every worker shares. */
export interface Ground {
  readonly folders: Folders
  readonly files: RuntimeFiles
  readonly languages: ReadonlyMap<string, Language>
  readonly artifacts: ArtifactStore
  readonly sandbox: Sandbox
  readonly gate: PlatformGate
  readonly limits: RunnerLimits
  readonly uidBase: number | null
  /** True where workers with full access run in the host's own network. */
  readonly fullSharesHost: boolean
  readonly log: Logger
  readonly contained: ReportContained
  readonly pressure: Pressure
  readonly processors: Processors
  readonly onUnclaimedUsage: NonNullable<RunnerOptions['onUnclaimedUsage']>
  readonly secretsOf: SecretsOf
  /** Null when no worker is forked. */
  readonly zygotes: Zygotes | null
}

export interface Launched {
  readonly child: SandboxProcess
  readonly group: ProcessGroup
  readonly output: OutputReaders
  /** Reading end of the FIFO for programs that carry their own pipe. */
  readonly fifo: Socket | null
  /** Closes the door and removes the run folder; the process has ended. */
  release(): Promise<void>
}

/** Host uid of an account's processes, or null for the server's own. */
export function hostUid(ground: Pick<Ground, 'uidBase'>, offset: number): number | null {
  return ground.uidBase === null ? null : ground.uidBase + offset
}

let launches = 0

/**
 * Starts a worker's process.
 * @throws Error when the machine cannot: no such language, no space, no FIFO
 */
export async function launch(ground: Ground, spec: WorkerSpec, identity: IdentityOfWorker): Promise<Launched> {
  const language = ground.languages.get(spec.language)
  if (language === undefined) throw new Error(`There is no language "${spec.language}" on this server`)
  if (language.protocol === 'fifo' && ground.sandbox.mode === 'trusted') {
    throw new Error(`${language.display_name} answers through a fixed path in /tmp, which needs the sandbox`)
  }
  await ground.files.prepare(language)
  const forked = await ground.zygotes?.launch(spec, language, identity)
  if (forked) return forked
  const uid = hostUid(ground, spec.hostUid)
  const folder = join(ground.folders.run, `${ground.folders.prefix}${(launches++).toString(36)}`)
  await createPassable(folder)
  let door: Door | null = null
  let pipes: Pipes | null = null
  let started: Started | null = null
  const release = async () => {
    door?.close()
    pipes?.output.stdout.destroy()
    pipes?.output.stderr.destroy()
    pipes?.answers?.destroy()
    await started?.release()
    await removeTree(folder)
  }
  try {
    const socketPath = hasOwnLoopback(ground, spec) ? join(folder, 'api.sock') : null
    door = await openDoor({ gate: ground.gate, identity, socketPath, uid })
    pipes = await makePipes({ folder, uid, answers: language.protocol === 'fifo' ? 'algoout' : null })
    const parts = {
      ground,
      spec,
      language,
      uid,
      folder,
      socketPath,
      port: door.port ?? RELAY_PORT,
      output: pipes.output,
    }
    const sandbox = await workerSandbox(parts)
    started = await startWith(pipes.output, () => ground.sandbox.start(sandbox))
    const { child, group } = started
    return { child, group, output: pipes.output, fifo: pipes.answers, release }
  } catch (error) {
    await release()
    throw error
  }
}

function hasOwnLoopback({ sandbox, fullSharesHost }: Ground, { network }: WorkerSpec): boolean {
  return sandbox.mode === 'bubblewrap' && !(network === 'full' && fullSharesHost)
}

interface Parts {
  readonly ground: Ground
  readonly spec: WorkerSpec
  readonly language: Language
  readonly uid: number | null
  readonly folder: string
  readonly socketPath: string | null
  readonly port: number
  readonly output: OutputPipes
}

async function workerSandbox(parts: Parts): Promise<SandboxSpec> {
  const { ground, spec, language, uid, folder, socketPath, port, output } = parts
  const { files } = ground
  const limits = workerLimits(ground.limits.worker, spec.limits)
  const code = await codeOf(parts, limits)
  const binds: Bind[] = [code.bind, ...languageMounts(files, language)]
  if (language.protocol === 'fifo')
    binds.push({ source: join(folder, 'algoout'), target: '/tmp/algoout', writable: true })
  const relay = socketPath === null ? [] : ['/usr/bin/perl', INSIDE_RELAY, String(port), INSIDE_SOCKET]
  if (socketPath !== null) {
    binds.push(
      { source: files.relay, target: INSIDE_RELAY },
      { source: socketPath, target: INSIDE_SOCKET, writable: true },
    )
  }
  if (ground.sandbox.mode === 'trusted') binds.push(...(await trustedFolders(folder, uid)))
  return {
    purpose: 'worker',
    ...(code.overlay === undefined ? {} : { overlay: code.overlay }),
    binds,
    tmpfs: [{ target: '/tmp', sizeBytes: limits.tmpBytes }],
    network: spec.network === 'full' ? 'full' : 'none',
    uid,
    env: workerEnvironment(spec, language, port),
    secrets: await ground.secretsOf(spec),
    cwd: '/opt/algorithm',
    command: [...relay, ...language.run],
    stdin: language.protocol === 'fifo' ? 'pipe' : 'null',
    output: output.writers,
    socket: language.protocol === 'frames',
    limits,
  }
}

/** The algorithm's files: as they were built, or with a private writable layer over them. */
async function codeOf({ ground, spec, language, folder }: Parts, limits: WorkerLimits): Promise<Code> {
  const lower = ground.artifacts.pathOf(spec.artifact)
  const target = '/opt/algorithm'
  if (language.code === 'read-only' || ground.sandbox.mode === 'trusted') return { bind: { source: lower, target } }
  const work = join(folder, 'code')
  await createPassable(work)
  const overlay: Overlay = { lower, work, sizeBytes: limits.codeBytes, files: limits.codeFiles }
  return { bind: { source: mergedFolder(work), target, writable: true }, overlay }
}

interface Code {
  readonly bind: Bind
  readonly overlay?: Overlay
}

/** Without a sandbox a worker still has folders of its own. */
async function trustedFolders(folder: string, uid: number | null): Promise<Bind[]> {
  const binds: Bind[] = [
    { source: join(folder, 'tmp'), target: '/tmp', writable: true },
    { source: join(folder, 'home'), target: '/home/algo', writable: true },
  ]
  for (const { source } of binds) await makeOwnFolder(source, uid)
  return binds
}

/** Makes a folder that only `uid` can use. */
export async function makeOwnFolder(path: string, uid: number | null): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  if (uid !== null) await chown(path, uid, uid)
}

/** Environment of a worker whose door to the platform API is at `port` of its loopback. */
export function workerEnvironment(spec: WorkerSpec, language: Language, port: number): Record<string, string> {
  const address = `http://127.0.0.1:${port}`
  return {
    ...commonEnvironment(language),
    ALGORITHMIA_API: address,
    ALGORITHMIA_API_ADDRESS: address,
    ALGORIST_ALGORITHM: spec.algorithm.name,
  }
}

/** What workers and builds have in common (runtime.md 4.1, 4.2). */
export function commonEnvironment(language: Language): Record<string, string> {
  return {
    HOME: '/home/algo',
    USER: 'algo',
    PATH: '/home/algo/.local/bin:/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ...(language.needs.includes('node') ? { ALGORIST_NODE: '/opt/node/bin/node' } : {}),
    ...language.env,
  }
}
