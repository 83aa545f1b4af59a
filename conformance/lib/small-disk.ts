/** A server whose data folder is a small disk of its own, in memory and in a mount namespace that ends with the server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, statfs, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NODE_ARGUMENTS } from '../../packages/server/src/collector.ts'
import { run } from './processes.ts'
import type { Target } from './server.ts'

export interface SmallDisk {
  readonly target: Target
  /** Makes the disk as full as this, by one file; 0 empties it. */
  fill(percent: number): Promise<void>
  /** Bytes that nothing uses. */
  freeBytes(): Promise<number>
  /** Makes a folder of the data folder read-only for the server, or writable again. */
  setReadOnly(folder: string, isReadOnly: boolean): Promise<void>
  close(): Promise<void>
}

const SERVER_MAIN = resolve(import.meta.dirname, '../../packages/server/src/main.ts')
const START_TIMEOUT_MS = 60_000
const MOUNT_AND_SERVE = 'mount -t tmpfs -o "size=$0,mode=711" none "$ALGORIST_HOME" && exec "$@"'

/** Needs root, for the mount. Rejects with what the server printed when it does not start. */
export async function startOnSmallDisk(sizeMib: number, settings: Record<string, string> = {}): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-small-disk-'))
  // Workers run under other uids and must be able to walk down to their artifact.
  await chmod(folder, 0o755)
  const home = join(folder, 'home')
  await mkdir(home)
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const args = ['--mount', '--propagation', 'private', '/bin/sh', '-c', MOUNT_AND_SERVE, `${sizeMib}m`]
  const child = spawn('unshare', [...args, process.execPath, ...NODE_ARGUMENTS, SERVER_MAIN], {
    env: { PATH, NODE_COMPILE_CACHE, HOME: folder, ALGORIST_HOME: home, ALGORIST_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString()))
  // The mount is in the server's namespace alone; this is how it looks from here.
  const seen = join(`/proc/${child.pid}/root`, home)
  const filler = join(seen, 'filler')
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }

  /** Grows or shrinks the file, so that the disk is never in between emptier than asked for. */
  async function fill(percent: number): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(seen)
    const haveBytes = await stat(filler).then(
      ({ size }) => size,
      () => 0,
    )
    const wantedBytes = (Math.ceil((blocks * percent) / 100) - (blocks - bfree)) * bsize + haveBytes
    if (wantedBytes > haveBytes) {
      // The server writes at the same time; a disk that is full before all is written is what was asked for.
      const isEnough = (error: NodeJS.ErrnoException) => percent === 100 && error.code === 'ENOSPC'
      await appendFile(filler, Buffer.alloc(wantedBytes - haveBytes, 1)).catch((error) => {
        if (!isEnough(error)) throw error
      })
    } else await truncate(filler, Math.max(0, wantedBytes))
  }

  async function freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(seen)
    return bavail * bsize
  }

  async function setReadOnly(name: string, isReadOnly: boolean): Promise<void> {
    const path = join(home, name)
    const script = isReadOnly ? 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"' : 'umount "$0"'
    const { code, stderr } = await run('nsenter', ['--mount', '--target', String(child.pid), 'sh', '-c', script, path])
    if (code !== 0) throw new Error(`The folder cannot be made read-only or writable: ${stderr}`)
  }

  for (const giveUpAt = Date.now() + START_TIMEOUT_MS; Date.now() < giveUpAt; await delay(100)) {
    const { url } = JSON.parse(await readFile(join(seen, 'run/server.json'), 'utf8').catch(() => '{}'))
    if (url) {
      const bootstrap = JSON.parse(await readFile(join(seen, 'bootstrap.json'), 'utf8'))
      const { username, api_key: key, admin_api_key: adminKey } = bootstrap
      const target: Target = { url, username, key, adminKey, home: seen, pid: child.pid ?? null, close }
      return { target, fill, freeBytes, setReadOnly, close }
    }
    if (child.exitCode !== null) break
  }
  await close()
  throw new Error(`The server did not start:\n${printed.slice(-4000)}`)
}
