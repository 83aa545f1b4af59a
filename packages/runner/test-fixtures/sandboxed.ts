/** Runs one command in a real sandbox, without a runner around it. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePipes, onEnd, startWith } from '../src/pipes.ts'
import { createBubblewrap } from '../src/sandbox/bubblewrap.ts'
import { createWatch } from '../src/sandbox/groups/watch.ts'
import { type Bind, killGroup } from '../src/sandbox/sandbox.ts'

export interface Sandboxed {
  readonly command: readonly string[]
  readonly binds?: readonly Bind[]
  readonly env?: Readonly<Record<string, string>>
  readonly network?: 'none' | 'full'
  readonly hasMemoryGroup?: boolean
  readonly uid?: number | null
  readonly timeoutMs?: number
}

export interface Ended {
  /** 128 and the number for a signal, as bubblewrap passes it on. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const MIB = 1024 * 1024

const ETC = {
  passwd: 'algo:x:2222:2222:algo:/home/algo:/bin/sh\n',
  group: 'algo:x:2222:\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'hosts: files dns\n',
}

/** An empty network, or the host's. */
function networksOf(isShared: boolean) {
  const network = {
    prefix: [],
    isShared,
    resolvConf: isShared ? '/etc/resolv.conf' : null,
    processes: [],
    lost: new Promise<void>(() => {}),
    release: async () => {},
  }
  return { open: async () => network, attach: async () => network, close: async () => {} }
}

export async function runSandboxed(options: Sandboxed): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'sandboxed-'))
  try {
    return await runIn(folder, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, options: Sandboxed): Promise<Ended> {
  chmodSync(folder, 0o755)
  for (const [name, text] of Object.entries(ETC)) writeFileSync(join(folder, name), text)
  const uid = options.uid ?? null
  const { output } = await makePipes({ folder, uid, answers: null })
  const sandbox = createBubblewrap({
    etcFolder: folder,
    groups: createWatch(),
    networks: networksOf(options.network === 'full'),
    hasMemoryGroup: options.hasMemoryGroup ?? true,
  })
  const spec = {
    purpose: 'worker' as const,
    binds: options.binds ?? [],
    tmpfs: [{ target: '/tmp', sizeBytes: 1024 * MIB }],
    network: options.network ?? ('none' as const),
    uid,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/home/algo', LANG: 'C.UTF-8', ...options.env },
    cwd: '/tmp',
    command: options.command,
    stdin: 'null' as const,
    output: output.writers,
    socket: false,
    limits: { memoryBytes: 2048 * MIB, cpus: 2, processes: 512, openFiles: 1024, fileBytes: 1024 * MIB },
  }
  const { child, release } = await startWith(output, () => sandbox.start(spec))
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    output[name].on('data', (bytes: Buffer) => {
      printed[name] += bytes.toString('utf8')
    })
  }
  const timer = setTimeout(() => killGroup(child), options.timeoutMs ?? 20_000)
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    onEnd(child, output, (code) => resolve(code ?? -1))
  })
  clearTimeout(timer)
  output.stdout.destroy()
  output.stderr.destroy()
  await release()
  await sandbox.close()
  return { code, ...printed }
}

/** Where a program is on this machine, or null. */
export function whereIs(program: string): string | null {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'which', program], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}
