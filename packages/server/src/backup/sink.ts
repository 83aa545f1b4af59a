/** Where the parts of a backup go: a folder, a tar file, a compressed one, or standard output. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { isErrno, syncFolder } from '../atomic-file.ts'
import { BackupError, type Part } from './format.ts'
import { syncFileSystem } from './programs.ts'
import { END, paddingOf, tarHeader } from './tar-blocks.ts'

export interface Sink {
  add(part: Part): Promise<void>
  /** Makes all of it durable and gives it its name. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abandon(): Promise<void>
}

/** Fast rather than small: a backup is mostly of what is compressed already. */
const GZIP_LEVEL = 1

/**
 * @param target `-` for standard output; a name that ends in `.tar`, `.tar.gz` or `.tgz`; any other one is a folder
 * @throws BackupError when there is something already
 */
export async function openSink(target: string): Promise<Sink> {
  if (target === '-') return createTarSink({ output: process.stdout, finish: async () => {}, abandon: async () => {} })
  const path = resolve(target)
  await requireNothing(path)
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
  const named: Named = {
    finish: async () => {
      await rename(partial, path)
      await syncFolder(dirname(path))
    },
    abandon: () => rm(partial, { recursive: true, force: true }),
  }
  try {
    return isTarName(path) ? openTarFile(path, partial, named) : await createFolderSink(partial, named)
  } catch (error) {
    await named.abandon()
    throw error
  }
}

function isTarName(path: string): boolean {
  return path.endsWith('.tar') || isGzipName(path)
}

function isGzipName(path: string): boolean {
  return path.endsWith('.tar.gz') || path.endsWith('.tgz')
}

interface Named {
  finish(): Promise<void>
  abandon(): Promise<void>
}

async function requireNothing(path: string): Promise<void> {
  try {
    await lstat(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    throw error
  }
  throw new BackupError(`${path} exists already: a backup replaces nothing, so give another name`)
}

async function createFolderSink(partial: string, { finish, abandon }: Named): Promise<Sink> {
  await mkdir(partial, { mode: 0o700 })
  const made = new Set<string>()
  return {
    async add({ path, bytes }) {
      const file = join(partial, path)
      const folder = dirname(file)
      if (!made.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 })
      made.add(folder)
      await writeFile(file, bytes, { mode: 0o600, flag: 'wx' })
    },
    async finish() {
      await syncFileSystem(partial)
      await finish()
    },
    abandon,
  }
}

function openTarFile(path: string, partial: string, named: Named): Sink {
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
  const gzip = isGzipName(path) ? createGzip({ level: GZIP_LEVEL }) : null
  const done = gzip ? pipeline(gzip, file) : finished(file)
  // It is looked at where it matters.
  done.catch(() => {})
  const output = gzip ?? file
  return createTarSink({
    output,
    async finish() {
      output.end()
      await done
      await named.finish()
    },
    async abandon() {
      output.destroy()
      await done.catch(() => {})
      await named.abandon()
    },
  })
}

function createTarSink({ output, finish, abandon }: Named & { readonly output: Writable }): Sink {
  let failure: Error | undefined
  output.on('error', (error: Error) => {
    failure ??= error
  })

  async function write(bytes: Buffer): Promise<void> {
    if (failure) throw failure
    if (!output.write(bytes)) await once(output, 'drain')
  }

  return {
    async add({ path, bytes }) {
      await write(tarHeader(path, bytes.length))
      await write(bytes)
      await write(Buffer.alloc(paddingOf(bytes.length)))
    },
    async finish() {
      await new Promise<void>((settle, fail) => output.write(END, (error) => (error ? fail(error) : settle())))
      await finish()
    },
    abandon,
  }
}
