/**
 * A disk whose power can be cut: an ext4 file system in an image file on a loop device, mounted with long intervals
 * between commits. What programs write stays in the page cache of that file system, and reaches the image file only
 * when the file system writes it out, by itself or because somebody syncs. A copy of the image file at one instant is
 * therefore what the disk holds after a power cut, and mounting the copy replays its journal.
 *
 * To make the copy one instant, the file system that the image file LIES ON is frozen meanwhile: writes of the loop
 * device wait, and the file system under test is not told. That outer one is on a loop device, too, in memory, so
 * that syncing costs little. Everything belongs to the caller's mount namespace and ends with it.
 */
import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface Disk {
  /** Where it is mounted. */
  readonly path: string
  /** Takes what is on the disk at this instant. */
  snapshot(): Promise<void>
  /** Unmounts, puts the last snapshot in the place of the disk, and mounts it. */
  restoreSnapshot(): Promise<void>
  /** Writes everything out and copies the image, to be looked at later. */
  keep(file: string): Promise<void>
  /** Lets go of everything. */
  close(): Promise<void>
}

const MEMORY_SIZE = '8g'
const OUTER_SIZE = '5G'
const DISK_SIZE = '2G'
/** Nothing reaches the disk by luck: no commit every five seconds, no writing out at a rename. */
const INNER_OPTIONS = 'loop,noatime,commit=300,noauto_da_alloc'

const TOOL_TIMEOUT_MS = 60_000
const UNMOUNT_TIMEOUT_MS = 15_000

async function tool(command: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(command, args, {
    timeout: TOOL_TIMEOUT_MS,
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  })
}

/** What a killed server had started is ended at once (groups/guardian.ts); the kernel lets go of its mounts a moment later. */
async function unmount(path: string): Promise<void> {
  const giveUpAt = Date.now() + UNMOUNT_TIMEOUT_MS
  for (;;) {
    try {
      return await tool('umount', path)
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
      await delay(50)
    }
  }
}

/** Makes the disk below an empty folder. @throws Error when this machine does not allow it */
export async function createDisk(folder: string): Promise<Disk> {
  const memory = join(folder, 'memory')
  const outer = join(folder, 'outer')
  const path = join(folder, 'disk')
  const image = join(outer, 'disk.img')
  const copy = join(memory, 'snapshot.img')
  for (const place of [memory, outer, path]) await mkdir(place)
  const undo: (() => Promise<void>)[] = []

  const mount = async (place: string, ...args: string[]): Promise<void> => {
    await tool('mount', ...args, place)
    undo.unshift(() => tool('umount', '--lazy', place))
  }
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0)) await step().catch(() => {})
  }

  try {
    await mount(memory, '-t', 'tmpfs', '-o', `size=${MEMORY_SIZE}`, 'none')
    const outerImage = join(memory, 'outer.img')
    await tool('truncate', '--size', OUTER_SIZE, outerImage)
    await tool('mkfs.ext4', '-q', '-O', '^has_journal', outerImage)
    await mount(outer, '-o', 'loop,noatime', outerImage)
    await tool('truncate', '--size', DISK_SIZE, image)
    await tool('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image)
    await mount(path, '-o', INNER_OPTIONS, image)
  } catch (error) {
    await close()
    throw error
  }

  return {
    path,
    async snapshot() {
      await tool('fsfreeze', '--freeze', outer)
      try {
        await tool('cp', '--sparse=always', '--reflink=never', image, copy)
      } finally {
        await tool('fsfreeze', '--unfreeze', outer)
      }
    },
    async restoreSnapshot() {
      await unmount(path)
      undo.shift()
      await tool('cp', '--sparse=always', copy, `${image}.new`)
      await rename(`${image}.new`, image)
      await rm(copy)
      await mount(path, '-o', INNER_OPTIONS, image)
    },
    async keep(file) {
      await tool('sync', '-f', path)
      await tool('cp', '--sparse=always', image, file)
    },
    close,
  }
}
