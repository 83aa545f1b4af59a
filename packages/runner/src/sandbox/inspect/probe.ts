/** Starts a small real sandbox, as a worker's would be, and tells what became of it. */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePipes, type OutputPipes, onEnd, startWith } from '../../pipes.ts'
import { createBubblewrap } from '../bubblewrap.ts'
import type { ProcessGroups } from '../groups/groups.ts'
import { createHostNetworks } from '../network/choose.ts'
import type { NetworkKind, Networks } from '../network/networks.ts'
import { killGroup, type SandboxLimits, type SandboxSpec } from '../sandbox.ts'

const TIMEOUT_MS = 10_000
const MIB = 1024 * 1024
const ETC_FILES = ['passwd', 'group', 'hosts', 'nsswitch.conf']

export interface ProbeOptions {
  /** The runner's part of the data folder; before the first start another place is used. */
  readonly home: string
  readonly uid: number | null
  readonly groups: ProcessGroups
  /** Run by Perl inside. */
  readonly program: string
  readonly argument?: string
  readonly limits?: Partial<SandboxLimits>
  /** In a sandbox of our own code alone, which may make others. */
  readonly isTemplate?: true
  /** By default no network. */
  readonly network?: NetworkKind
  /** They stay the caller's to close. */
  readonly networks?: Networks
}

export interface Probed {
  /** What it printed, or why it did not start. */
  readonly printed: string
  /** Host uid of the process that carries the sandbox. */
  readonly uid: number | null
}

/** Rejects for what keeps the server itself from preparing a sandbox. */
export async function probe(options: ProbeOptions): Promise<Probed> {
  const folder = await mkdtemp(join(existsSync(options.home) ? options.home : tmpdir(), 'probe-'))
  try {
    await Promise.all(ETC_FILES.map((name) => writeFile(join(folder, name), '')))
    chmodSync(folder, 0o755)
    return await runIn(folder, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, options: ProbeOptions): Promise<Probed> {
  const { output } = await makePipes({ folder, uid: options.uid, answers: null })
  try {
    return await runOn(output, folder, options)
  } finally {
    output.stdout.destroy()
    output.stderr.destroy()
  }
}

async function runOn(output: OutputPipes, folder: string, options: ProbeOptions): Promise<Probed> {
  const { groups, networks = createHostNetworks() } = options
  const sandbox = createBubblewrap({ etcFolder: folder, groups, networks })
  const { child, release } = await startWith(output, () => sandbox.start(specOf(options, output)))
  const hostUid = uidOf(child.pid)
  let printed = ''
  for (const stream of [output.stdout, output.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      printed += bytes.toString('utf8')
    })
  }
  const timer = setTimeout(() => killGroup(child), TIMEOUT_MS)
  const failure = await new Promise<string>((done) => {
    child.once('error', ({ message }) => done(message))
    onEnd(child, output, () => done(''))
  })
  clearTimeout(timer)
  await release()
  return { printed: failure || printed.trim(), uid: hostUid }
}

function specOf(
  { uid, program, argument = '', limits, network = 'none', isTemplate }: ProbeOptions,
  { writers }: OutputPipes,
): SandboxSpec {
  return {
    purpose: 'worker',
    ...(isTemplate && { isTemplate }),
    binds: [],
    tmpfs: [{ target: '/tmp', sizeBytes: MIB }],
    network,
    uid,
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    command: ['/usr/bin/perl', '-e', program, argument],
    stdin: 'null',
    output: writers,
    socket: false,
    limits: { memoryBytes: 256 * MIB, cpus: 1, processes: 256, openFiles: 256, fileBytes: MIB, ...limits },
  }
}

function uidOf(pid: number | undefined): number | null {
  try {
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return uid === undefined ? null : Number(uid)
  } catch {
    return null
  }
}
