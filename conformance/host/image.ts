/**
 * The virtual machine's disk: Debian 12 with its own kernel and what the tests need, made by debootstrap from the mirror
 * that this machine's apt uses. It is kept below the user's cache folder, made anew when the recipe changes, and never
 * written to by a machine. Nothing of the project is on it.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Image {
  readonly disk: string
  /** A small one: limits must bind on hosts that swap, too. */
  readonly swap: string
  readonly kernel: string
  readonly initrd: string
  /** Where the kernel's messages go. */
  readonly console: string
}

const SUITE = 'bookworm'
const PACKAGES = [
  // The machine itself.
  ...['linux-image-amd64', 'systemd-sysv', 'dbus', 'dbus-user-session', 'libpam-systemd', 'procps'],
  // The server's own system packages, and what the tests compile with.
  ...['bubblewrap', 'git', 'iproute2', 'libatomic1', 'nftables', 'perl', 'python3', 'python3-pip', 'slirp4netns'],
  ...['gcc', 'libc6-dev', 'curl', 'openssl', 'ca-certificates'],
]
const DISK_BYTES = 4 * 1024 ** 3
const SWAP_BYTES = 256 * 1024 ** 2
const MAX_OUTPUT_BYTES = 16 * 1024 ** 2
const SHOWN_CHARACTERS = 4000
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const UNIT = join(import.meta.dirname, 'guest/run-tests.service')
const ENV = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }

/**
 * Answers the image, and makes it first when there is none of this recipe; that takes root and some minutes.
 * @throws Error with the command that failed
 */
export async function prepareImage(): Promise<Image> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'algorist-vm')
  const folder = join(cache, await recipe())
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  )
  if (!isThere) await make(cache, folder)
  const file = (name: string) => join(folder, name)
  return {
    disk: file('disk.img'),
    swap: file('swap.img'),
    kernel: file('vmlinuz'),
    initrd: file('initrd.img'),
    console: file('console.log'),
  }
}

async function recipe(): Promise<string> {
  const parts = [SUITE, ...PACKAGES, DISK_BYTES, SWAP_BYTES, await readFile(UNIT, 'utf8'), configure.toString()]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

async function make(cache: string, folder: string): Promise<void> {
  process.stderr.write('Making the root file system (debootstrap)\n')
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'new-'))
  try {
    const root = join(work, 'root')
    await mkdir(root)
    await debootstrap(root)
    await configure(root)
    await collect(work, root)
    await rm(root, { recursive: true })
    await rename(work, folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Its mounts are made in a mount namespace of its own, and end with it. */
async function debootstrap(root: string): Promise<void> {
  const include = `--include=${PACKAGES.join(',')}`
  const command = ['debootstrap', '--variant=minbase', `--keyring=${KEYRING}`, include, SUITE, root, await mirror()]
  await run('unshare', ['--mount', '--pid', '--fork', '--kill-child', ...command])
}

async function mirror(): Promise<string> {
  const query = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', `Release: ${SUITE}`]
  const { stdout } = await promisify(execFile)('apt-get', query, { env: ENV })
  const [first] = stdout.split('\n')
  if (!first) throw new Error(`apt-get names no source of ${SUITE} on this machine; debootstrap needs one`)
  return first
}

async function configure(root: string): Promise<void> {
  await run('chroot', [root, 'useradd', '--create-home', '--shell', '/bin/bash', 'algorist'])
  const write = (path: string, text: string) => writeFile(join(root, path), text)
  await write('etc/hostname', 'cgroup2\n')
  await write('etc/fstab', '/dev/vda / ext4 defaults 0 0\n/dev/vdb none swap sw 0 0\n')
  // What it takes for the user's own systemd to run without anybody being logged in.
  await mkdir(join(root, 'var/lib/systemd/linger'), { recursive: true })
  await write('var/lib/systemd/linger/algorist', '')
  await cp(UNIT, join(root, 'etc/systemd/system/run-tests.service'))
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants')
  await symlink('/etc/systemd/system/run-tests.service', join(wants, 'run-tests.service'))
  await Promise.all(['srv/project', 'srv/node'].map((path) => mkdir(join(root, path))))
}

/** Packs the tree into a disk, without mounting anything, and puts the kernel beside it. */
async function collect(work: string, root: string): Promise<void> {
  const disk = join(work, 'disk.img')
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', root, disk, `${DISK_BYTES / 1024}k`])
  const swap = join(work, 'swap.img')
  await writeFile(swap, '')
  await truncate(swap, SWAP_BYTES)
  await run('mkswap', ['--quiet', swap])
  const boot = await readdir(join(root, 'boot'))
  for (const name of ['vmlinuz', 'initrd.img']) {
    const found = boot.find((file) => file.startsWith(`${name}-`))
    if (found === undefined) throw new Error(`debootstrap left no ${name}`)
    await cp(join(root, 'boot', found), join(work, name))
  }
}

/** Runs a command whose output matters only when it fails. */
async function run(command: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(command, [...args], { env: ENV, maxBuffer: MAX_OUTPUT_BYTES }).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(`${error.message}\n${error.stdout?.slice(-SHOWN_CHARACTERS) ?? ''}`)
    },
  )
}
