/**
 * What every cell of the suite stands on: a runner with small limits, secrets that no attack may bring home, and a
 * neighbour whose calls go on all the while and must all be answered rightly.
 */
import { createHash, randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import type { GivenLimits } from '../src/limits.ts'
import type { RunnerOptions } from '../src/options.ts'
import { type Bench, openBench, textOf } from '../test-fixtures/harness.ts'
import { nodeWithNpm } from '../test-fixtures/node-with-npm.ts'
import type { Phase, Target } from './attack.ts'

const MIB = 1024 * 1024
const NEIGHBOUR_PAUSE_MS = 40
const MARK_LENGTH = 6

/** Small enough that a bomb is stopped long before the machine feels it. */
const LIMITS: GivenLimits = {
  loadTimeoutMs: 60_000,
  headStartMs: 0,
  // Small programs are forked from their version as well.
  sharedMemoryBytes: 0,
  worker: {
    // Node needs twice as much address space as this to start where memory is only watched.
    memoryBytes: 320 * MIB,
    cpus: 1,
    processes: 200,
    openFiles: 1024,
    fileBytes: 128 * MIB,
    tmpBytes: 48 * MIB,
    tmpFiles: 5000,
  },
  build: {
    memoryBytes: 512 * MIB,
    cpus: 1,
    processes: 300,
    openFiles: 2048,
    fileBytes: 256 * MIB,
    diskBytes: 256 * MIB,
    diskFiles: 10_000,
    logBytes: MIB,
    artifactBytes: 48 * MIB,
    artifactFiles: 30_000,
  },
}

const LANGUAGES_FOLDER = join(import.meta.dirname, '../../../languages')
const NEIGHBOUR = { accountId: 'neighbour', hostUid: 9 }
const NEIGHBOUR_SECRET = 'SECRET-OF-ANOTHER-ALGORITHM'

export interface AttackGround {
  readonly bench: Bench
  target(phase: Phase): Target
  readonly secrets: readonly string[]
  readonly neighbour: Neighbour
  /** What is no longer as it was: files of the server and artifacts of others. Empty when all is well. */
  damage(): string[]
  close(): Promise<void>
}

export interface Neighbour {
  /** Calls that were not answered rightly, with what they got. */
  readonly failures: readonly string[]
  calls(): number
  slowestMs(): number
}

/** Opens a runner in the sandbox that `more` says; `serverSecret` is in the environment of this process. */
export async function openGround(serverSecret: string, more: Partial<RunnerOptions> = {}): Promise<AttackGround> {
  const mark = `7${Math.floor(Math.random() * 10 ** MARK_LENGTH)}.5`
  const folder = languagesFolder()
  const bench = await openBench(LIMITS, { node: nodeWithNpm(), languagesFolder: folder, ...more })
  const root = dirname(bench.home)
  const [hostFile, ownersFile] = [join(root, 'host-file'), join(root, 'owners-file')]
  const secrets = [serverSecret, NEIGHBOUR_SECRET, `HOST-${randomUUID()}`, `OWNERS-${randomUUID()}`]
  const bodySecret = `BODY-${randomUUID()}`
  writeFileSync(hostFile, secrets[2] ?? '', { mode: 0o644 })
  writeFileSync(ownersFile, secrets[3] ?? '', { mode: 0o600 })
  const built = await bench.build(
    {
      'src/Algorithm.py': `import os\n# ${NEIGHBOUR_SECRET}\ndef apply(input):\n    return os.environ["ALGORITHMIA_API"] if input == "door" else input\n`,
    },
    { language: 'python3' },
  )
  if (built.result.status !== 'succeeded') throw new Error(`${built.result.reason}\n${built.log}`)
  const { artifact } = built.result
  const otherArtifact = join(bench.home, 'artifacts', artifact)
  const call = bench.callerOf(artifact, { language: 'python3' })
  const full = bench.callerOf(artifact, { language: 'python3', network: 'full' })
  const door = textOf(await full('door', NEIGHBOUR))
  const host = await listenOnHost(secrets[2] ?? '')
  const neighbour = keepCalling(
    async (body) => textOf(await call(body, { ...NEIGHBOUR, requestId: `req-neighbour-${randomUUID()}` })),
    bodySecret,
  )
  const before = digestOf([otherArtifact, hostFile, ownersFile])
  const repository = readdirSync(root).find((name) => name.endsWith('.git')) ?? ''
  return {
    bench,
    secrets: [...secrets, bodySecret],
    neighbour,
    target: (phase) => ({
      phase,
      serverPid: process.pid,
      hostFile,
      ownersFile,
      home: bench.home,
      otherArtifact,
      otherRepository: join(root, repository),
      otherDoorPort: Number(door.split(':').at(-1)),
      hostPort: host.port,
      hostAddresses: hostAddresses(),
      hostSocket: host.socket,
      mark,
    }),
    damage: () =>
      digestOf([otherArtifact, hostFile, ownersFile]) === before ? [] : ['a file of the host was changed'],
    async close() {
      await neighbour.stop()
      host.close()
      await bench.close()
    },
  }
}

/** The real languages and the compiled one, in one folder. */
function languagesFolder(): string {
  const folder = join(process.env.TMPDIR ?? '/tmp', `attack-languages-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  for (const name of ['python3', 'javascript'])
    cpSync(join(LANGUAGES_FOLDER, name), join(folder, name), { recursive: true })
  cpSync(join(import.meta.dirname, 'languages/native'), join(folder, 'native'), { recursive: true })
  return folder
}

/** npm beside this Node, as packages of Node and our own pinned one have it, or the system's. */
function hostAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    .map(({ address }) => address)
}

interface Host {
  readonly port: number
  readonly socket: string
  close(): void
}

/** Services of the host: one on every address, and an abstract socket. Both say a secret to whoever comes. */
async function listenOnHost(secret: string): Promise<Host> {
  const answer = () => createServer((connection) => connection.on('error', () => {}).end(secret))
  const [web, local] = [answer(), answer()]
  const name = `algorist-attack-${process.pid}`
  await Promise.all([listening(web, { port: 0, host: '::' }), listening(local, { path: `\0${name}` })])
  const address = web.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    socket: `@${name}`,
    close() {
      web.close()
      local.close()
    },
  }
}

function listening(server: Server, options: { port: number; host: string } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => server.once('error', reject).listen(options, resolve))
}

function keepCalling(call: (body: string) => Promise<string>, secret: string): Neighbour & { stop(): Promise<void> } {
  const failures: string[] = []
  let count = 0
  let slowestMs = 0
  let isOver = false
  const loop = async () => {
    while (!isOver) {
      const body = `${secret} ${count}`
      const startedAtMs = performance.now()
      const answer = await call(body)
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs)
      count++
      if (answer !== body) failures.push(answer)
      await new Promise((resolve) => setTimeout(resolve, NEIGHBOUR_PAUSE_MS))
    }
  }
  const over = loop()
  return {
    failures,
    calls: () => count,
    slowestMs: () => slowestMs,
    async stop() {
      isOver = true
      await over
    },
  }
}

function digestOf(paths: readonly string[]): string {
  const digest = createHash('sha256')
  for (const path of paths.flatMap(filesUnder)) digest.update(path).update(readFileSync(path))
  return digest.digest('hex')
}

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map(({ parentPath, name }) => join(parentPath, name)).sort()
}
