/**
 * A host that lacks one thing makes exactly one line of `algorist doctor` say so. The host is really weakened, in mount and
 * user namespaces that end with each command, and the doctor is the operators' own.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openDataFolder } from '../data-folder.ts'
import type { Finding } from './doctor.ts'

type Level = Finding['level']
type Levels = Readonly<Record<string, Level>>

const CLI = resolve(import.meta.dirname, '../cli.ts')
const MAIN = resolve(import.meta.dirname, '../main.ts')
const skip = process.getuid?.() === 0 ? false : 'only root can take something away from a host'

const OWN_SETTINGS = { ALGORIST_BUILD_NETWORK_ALLOW: 'none' }

/** Needs a sandbox. */
const IN_SANDBOX = ['isolation', 'network "isolated"', 'system calls', 'memory limit', 'process limit']
const NETWORKS = ['network "full"', 'network of builds']
const TEMPLATES = 'templates of workers'
const ALL_PROBES = [...IN_SANDBOX, 'contained networks', ...NETWORKS, TEMPLATES]

interface Weakened {
  readonly what: string
  /** Shell commands; `$HOME` is the data folder, `$SPARE` a folder beside it. */
  readonly by: string
  /** The host that it is compared with; by default this one as it is. */
  readonly from?: string
  /** The line that says so. */
  readonly line: string
  readonly level: Level
  /** Lines that can no longer be told. */
  readonly skipped?: readonly string[]
  /** Other lines that say something else because of it. */
  readonly also?: Levels
  readonly settings?: Readonly<Record<string, string>>
}

const NO_GROUPS = 'umount --recursive /sys/fs/cgroup'
const without = (path: string) => `mount --bind /dev/null ${path}`

const HOSTS: readonly Weakened[] = [
  { what: 'no bubblewrap', by: without('/usr/bin/bwrap'), line: 'bubblewrap', level: 'failed', skipped: ALL_PROBES },
  { what: 'no prlimit', by: without('/usr/bin/prlimit'), line: 'prlimit', level: 'failed', skipped: ALL_PROBES },
  { what: 'no perl', by: without('/usr/bin/perl'), line: 'perl', level: 'failed', skipped: ALL_PROBES },
  { what: 'no git', by: without('/usr/bin/git'), line: 'git', level: 'failed' },
  { what: 'no python', by: without('/usr/bin/python3'), line: 'python3', level: 'warning' },
  ...[
    ['slirp4netns', '/usr/bin/slirp4netns'],
    ['nftables', '/usr/sbin/nft'],
    ['iproute2', '/usr/sbin/ip'],
  ].map(
    ([line = '', path = '']): Weakened => ({
      what: `no ${line}`,
      by: without(path),
      line,
      level: 'warning',
      skipped: ['contained networks', ...NETWORKS],
    }),
  ),
  {
    what: 'no /dev/net/tun, and no right to make one',
    by: 'mount -t tmpfs none /dev/net && set -- setpriv --bounding-set=-mknod "$@"',
    line: 'contained networks',
    level: 'warning',
    skipped: NETWORKS,
  },
  {
    what: 'a /dev/net/tun that makes no interfaces',
    by: without('/dev/net/tun'),
    line: 'contained networks',
    level: 'warning',
    skipped: NETWORKS,
  },
  {
    what: 'no control groups',
    by: NO_GROUPS,
    line: 'control groups',
    level: 'warning',
  },
  {
    what: 'control groups that cannot be written',
    by: 'for each in /sys/fs/cgroup /sys/fs/cgroup/*/; do mount -o remount,bind,ro "$each" 2>/dev/null; done',
    line: 'control groups',
    level: 'warning',
  },
  {
    what: 'a bubblewrap without a system-call filter',
    by: 'mount --bind "$SPARE/unfiltered" /usr/bin/bwrap',
    line: 'system calls',
    level: 'failed',
    // A template is started without a filter, since its forks load theirs, and the program in its place dies of that.
    also: { [TEMPLATES]: 'warning' },
  },
  {
    what: 'a prlimit that limits nothing, where there are no control groups',
    from: NO_GROUPS,
    by: 'mount --bind "$SPARE/unlimited" /usr/bin/prlimit',
    line: 'process limit',
    level: 'failed',
  },
  {
    what: 'a folder above the data folder that nobody passes',
    by: 'chmod 700 "$HOME/.."',
    line: 'way to the data folder',
    level: 'failed',
    skipped: ALL_PROBES,
  },
  { what: 'a data folder that others list', by: 'chmod 755 "$HOME"', line: 'data folder modes', level: 'failed' },
  { what: 'a database that others read', by: 'chmod 755 "$HOME/db"', line: 'data folder modes', level: 'failed' },
  { what: 'an open repository', by: 'chmod 755 "$HOME/git/a.git"', line: 'repositories', level: 'failed' },
  { what: 'a repository of root', by: 'chown 0:0 "$HOME/git/a.git"', line: 'repositories', level: 'failed' },
  { what: 'an open master key', by: 'chmod 644 "$HOME/master.key"', line: 'master key', level: 'failed' },
  { what: 'open credentials', by: 'chmod 640 "$HOME/bootstrap.json"', line: 'bootstrap.json', level: 'failed' },
  {
    what: 'a full disk',
    by: 'mount -t tmpfs -o size=4m,mode=711 none "$HOME" && head -c 4000000 /dev/zero > "$HOME/filler"',
    line: 'disk',
    level: 'warning',
  },
  {
    what: 'an address for everybody without TLS',
    by: 'true',
    settings: { ALGORIST_HOST: '0.0.0.0' },
    line: 'address',
    level: 'warning',
  },
  {
    what: "algorithms with the host's network",
    by: 'true',
    settings: { ALGORIST_FULL_NETWORK: 'host' },
    line: 'network "full"',
    level: 'warning',
  },
  {
    what: "builds with the host's network",
    by: 'true',
    settings: { ALGORIST_BUILD_NETWORK: 'host' },
    line: 'network of builds',
    level: 'warning',
  },
  {
    what: 'an open TLS key',
    by: 'touch "$SPARE/key" && chmod 644 "$SPARE/key"',
    settings: { ALGORIST_TLS_CERTIFICATE: '/etc/passwd', ALGORIST_TLS_KEY: '$SPARE/key' },
    line: 'TLS key',
    level: 'failed',
  },
]

/** Takes the filter out of what bubblewrap is told, and passes the rest on. */
const UNFILTERED = `#!/usr/bin/perl
use POSIX ();
$^F = 255;
open(my $told, '<&=', 4) or die;
local $/;
my $arguments = <$told>;
$arguments =~ s/--seccomp\\0[0-9]+\\0// or die 'there was no filter';
pipe(my $read, my $write);
syswrite($write, $arguments);
POSIX::dup2(fileno($read), 4);
close($write);
exec { 'SPARE_BWRAP' } 'bwrap', @ARGV;
`

/** The map of a user namespace is written from outside, once there is one; rights come with the next program. */
const NESTED = `#!/bin/sh
WAIT='for try in $(seq 100); do read -r line < /proc/self/uid_map && exec "$@"; sleep 0.05; done'
unshare --user --mount --propagation private /bin/sh -c "$WAIT" sh "$@" &
for map in gid_map uid_map; do
  for try in $(seq 100); do
    echo '0 0 4294967295' 2>/dev/null > /proc/$!/$map && break
    sleep 0.05
  done
done
wait $!
`

describe('algorist doctor on a weakened host', { skip }, () => {
  let folder: string
  let home: string
  let spare: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'algorist-weakened-'))
    chmodSync(folder, 0o755)
    home = join(folder, 'above', 'home')
    spare = join(folder, 'spare')
    for (const path of [join(folder, 'above'), spare]) mkdirSync(path)
    const opened = await openDataFolder(home)
    await opened.masterKey(null)
    await opened.close()
    writeFileSync(join(home, 'bootstrap.json'), '{}', { mode: 0o600 })
    copyFileSync('/usr/bin/bwrap', join(spare, 'bwrap'))
    writeProgram('unfiltered', UNFILTERED.replace('SPARE_BWRAP', join(spare, 'bwrap')))
    // Only what comes behind the options is run.
    writeProgram('unlimited', '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function writeProgram(name: string, text: string): void {
    writeFileSync(join(spare, name), text, { mode: 0o755 })
  }

  /** The files as a server left them, whatever the case before did to them. */
  function restore(): void {
    for (const path of [join(folder, 'above'), home]) chmodSync(path, path === home ? 0o711 : 0o755)
    for (const name of ['db', 'run']) chmodSync(join(home, name), 0o700)
    for (const name of ['bootstrap.json', 'master.key']) chmodSync(join(home, name), 0o600)
    rmSync(join(home, 'git/a.git'), { recursive: true, force: true })
    mkdirSync(join(home, 'git/a.git'), { mode: 0o700 })
    spawnSync('chown', ['200001:200001', join(home, 'git/a.git')])
  }

  function run(by: string, settings: Weakened['settings'] = {}, command: readonly string[]) {
    restore()
    const named = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [name, value.replace('$SPARE', spare)]),
    )
    const view = ['--mount', '--propagation', 'private', '/bin/sh', '-c', `${by}\nexec "$@"`, 'sh']
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const done = spawnSync('unshare', [...view, ...command], {
      // Whether the names of registries can be looked up is not what is weakened here.
      env: {
        ...{ PATH, NODE_COMPILE_CACHE, HOME: home, SPARE: spare },
        ...OWN_SETTINGS,
        ALGORIST_HOME: home,
        ...named,
      },
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    // It has printed all and did not exit, for one.
    if (done.error !== undefined) throw done.error
    return done
  }

  function examine(by: string, settings: Weakened['settings'] = {}, frame: readonly string[] = []): Levels {
    const { stdout, stderr } = run(by, settings, [...frame, process.execPath, CLI, 'doctor', '--json'])
    assert.match(stdout, /^\{/, stderr)
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
    return Object.fromEntries(findings.map(({ name, level }) => [name, level]))
  }

  function assertChanges(healthy: Levels, weakened: Levels, { line, level, skipped = [], also }: Weakened): void {
    const changed = Object.entries(weakened).filter(([name, each]) => healthy[name] !== each)
    const newlySkipped = skipped.filter((name) => healthy[name] !== 'skipped')
    const expected = { [line]: level, ...also, ...Object.fromEntries(newlySkipped.map((name) => [name, 'skipped'])) }
    assert.deepEqual(Object.fromEntries(changed), expected)
    assert.deepEqual(Object.keys(weakened), Object.keys(healthy))
  }

  let healthy: Levels
  test('nothing is wrong with this host as it is', () => {
    healthy = examine('true')
    assert.deepEqual(
      Object.entries(healthy).filter(([, level]) => level === 'failed' || level === 'skipped'),
      [],
    )
  })

  test('the guide for operators explains every line', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/containment-for-operators.md'), 'utf8')
    const isLanguage = (name: string) => existsSync(join(import.meta.dirname, '../../../../languages', name))
    const missing = Object.keys(healthy).filter((name) => !page.includes(`\`${name}\``) && !isLanguage(name))
    assert.deepEqual(missing, [])
  })

  for (const host of HOSTS) {
    test(`${host.what}: the line "${host.line}" is ${host.level}, and no other`, () => {
      const { from } = host
      const before = from === undefined ? healthy : examine(from)
      assertChanges(before, examine(`${from ?? 'true'} && ${host.by}`, host.settings), host)
    })
  }

  test('a user namespace that may have no others: the line "user namespaces" is failed, and no other', () => {
    const frame = ['/bin/sh', join(spare, 'nested'), '/bin/sh', '-c']
    // The map of a user namespace is written from outside, and rights come with the next program.
    writeProgram('nested', NESTED)
    const inside = (by: string): Levels => examine('true', {}, [...frame, `${by}\nexec "$@"`, 'sh'])
    const before = inside('true')
    assert.equal(before['user namespaces'], 'ok')
    const weakened = inside('echo 0 > /proc/sys/user/max_user_namespaces')
    const host = { what: '', by: '', line: 'user namespaces', level: 'failed', skipped: ALL_PROBES } as const
    assertChanges(before, weakened, host)
  })

  for (const { what, by, line } of HOSTS.filter(({ line }) => line === 'perl' || line === 'system calls')) {
    test(`${what}: a server refuses to start, and says which line it is`, () => {
      const { status, stderr } = run(by, {}, [process.execPath, MAIN])
      assert.equal(status, 1)
      assert.match(stderr, new RegExp(`^The sandbox cannot work on this machine\\.\\n${line}: [^\\n]+\\n$`))
    })
  }

  test('trusted code only: the sandbox is one line, which is failed', () => {
    const levels = examine('true', { ALGORIST_SANDBOX: 'trusted-code-only' })
    assert.equal(levels.sandbox, 'failed')
    assert.equal(levels.isolation, undefined)
  })

  test('the exit code is 1 when something failed, and 0 when something is only weaker', () => {
    const expectCode = (code: number, settings: Record<string, string>) => {
      const { status, stdout, stderr } = run('true', settings, [process.execPath, CLI, 'doctor'])
      assert.equal(status, code, `${stdout}${stderr}`)
    }
    expectCode(0, { ALGORIST_HOST: '0.0.0.0' })
    expectCode(1, { ALGORIST_SANDBOX: 'trusted-code-only' })
  })
})
