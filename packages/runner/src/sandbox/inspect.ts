/** What this machine gives the sandbox, check by check: for `algorist doctor` and for the start of the runner. */
import { access, chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { RunnerOptions } from '../options.ts'
import { makePipes, onEnd, startWith } from '../pipes.ts'
import { createBubblewrap } from './bubblewrap.ts'
import { createUnlimitedGroups } from './groups/groups.ts'
import { createHostNetworks } from './network/choose.ts'
import { killGroup, type SandboxSpec } from './sandbox.ts'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

const PROGRAMS = [
  { path: '/usr/bin/bwrap', name: 'bubblewrap', why: 'contains workers and builds', package: 'bubblewrap' },
  { path: '/usr/bin/prlimit', name: 'prlimit', why: 'sets resource limits', package: 'util-linux' },
  { path: '/usr/bin/perl', name: 'perl', why: 'relays the platform API into isolated workers', package: 'perl-base' },
  { path: '/usr/bin/git', name: 'git', why: 'checks out what is built', package: 'git' },
]
const PROBE_TIMEOUT_MS = 10_000

/** Checks everything that the sandbox rests on. Never rejects for what it finds. */
export async function inspectSandbox(options: Pick<RunnerOptions, 'home' | 'uidBase' | 'sandbox'>): Promise<Check[]> {
  if (options.sandbox === 'trusted') {
    const detail = 'Algorithms and builds run without a sandbox, because the "trusted code only" setting is on.'
    return [{ name: 'sandbox', ok: false, detail, fix: 'Remove the setting unless you wrote all of the code.' }]
  }
  const programs = await Promise.all(PROGRAMS.map(checkProgram))
  const uids = checkUids(options.uidBase)
  const home = await checkHome(options)
  const areReady = programs.every(({ ok }) => ok) && home.ok
  const isolation = areReady ? [await checkIsolation(options)] : []
  return [...programs, home, ...isolation, uids, fullNetwork]
}

const fullNetwork: Check = {
  name: 'network "full"',
  ok: true,
  detail:
    "Algorithms with full network access and builds share the host's network: they reach its loopback and private " +
    'networks. Algorithms with isolated access reach the platform API only.',
}

async function checkProgram(program: (typeof PROGRAMS)[number]): Promise<Check> {
  const found = await access(program.path).then(
    () => true,
    () => false,
  )
  if (found) return { name: program.name, ok: true, detail: program.path }
  const detail = `${program.path} is missing; it ${program.why}.`
  return { name: program.name, ok: false, detail, fix: `Install it: apt-get install ${program.package}` }
}

function checkUids(uidBase: number | null): Check {
  const detail =
    uidBase === null
      ? "Workers and builds run under the server's own uid; accounts are kept apart by namespaces alone."
      : `Workers and builds run under unprivileged uids from ${uidBase} on, one per account.`
  return { name: 'host uids', ok: true, detail }
}

/** Other uids must be able to pass through every folder above the files that sandboxes mount. */
async function checkHome({ home, uidBase }: Pick<RunnerOptions, 'home' | 'uidBase'>): Promise<Check> {
  const name = 'data folder'
  if (uidBase === null) return { name, ok: true, detail: home }
  for (let folder = resolve(home); folder !== dirname(folder); folder = dirname(folder)) {
    const mode = await stat(folder).then(
      (found) => found.mode,
      () => null,
    )
    if (mode !== null && (mode & 0o001) === 0) {
      const detail = `${folder} cannot be passed through by the uids that workers run under.`
      return { name, ok: false, detail, fix: `chmod o+x ${folder}, or use another data folder.` }
    }
  }
  return { name, ok: true, detail: home }
}

/** Starts a real sandbox, as a worker's would be, and looks around in it. */
async function checkIsolation({ home, uidBase }: Pick<RunnerOptions, 'home' | 'uidBase'>): Promise<Check> {
  await mkdir(home, { recursive: true })
  const folder = await mkdtemp(join(home, 'probe-'))
  try {
    const name = 'isolation'
    const printed = await probe(folder, uidBase)
    if (printed === 'uid=2222 processes=ok network=ok') {
      return { name, ok: true, detail: 'Namespaces, uid switch and read-only system work.' }
    }
    const detail = `bubblewrap could not make a sandbox: ${printed || 'it printed nothing'}.`
    const fix =
      'Unprivileged user namespaces must be allowed (sysctl kernel.unprivileged_userns_clone=1, ' +
      'user.max_user_namespaces above 0, and no AppArmor restriction of user namespaces).'
    return { name, ok: false, detail, fix }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const LOOK_AROUND = `
interfaces=$(tail -n +3 /proc/net/dev | grep -vc '^ *lo:')
case "$(cat /proc/1/comm)" in bwrap) processes=ok ;; *) processes=shared ;; esac
test "$interfaces" = 0 && network=ok || network=shared
printf 'uid=%s processes=%s network=%s' "$(id -u)" "$processes" "$network"
`

async function probe(folder: string, uid: number | null): Promise<string> {
  await Promise.all(['passwd', 'group', 'hosts', 'nsswitch.conf'].map((name) => writeFile(join(folder, name), '')))
  await chmod(folder, 0o755)
  const { output } = await makePipes({ folder, uid, answers: null })
  const spec: SandboxSpec = {
    purpose: 'worker',
    binds: [],
    tmpfs: [{ target: '/tmp', sizeBytes: 1024 * 1024 }],
    network: 'none',
    uid,
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    command: ['/bin/sh', '-c', LOOK_AROUND],
    stdin: 'null',
    output: output.writers,
    socket: false,
    limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, processes: 256, openFiles: 256, fileBytes: 1024 * 1024 },
  }
  const sandbox = createBubblewrap({
    etcFolder: folder,
    groups: createUnlimitedGroups(),
    networks: createHostNetworks(),
  })
  const { child, release } = await startWith(output, () => sandbox.start(spec))
  let printed = ''
  for (const stream of [output.stdout, output.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      printed += bytes.toString('utf8')
    })
  }
  const timer = setTimeout(() => killGroup(child), PROBE_TIMEOUT_MS)
  const failure = await new Promise<string>((done) => {
    child.once('error', ({ message }) => done(message))
    onEnd(child, output, () => done(''))
  })
  clearTimeout(timer)
  await release()
  output.stdout.destroy()
  output.stderr.destroy()
  return failure || printed.trim()
}
