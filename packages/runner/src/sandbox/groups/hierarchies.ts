/**
 * Where this process's own control groups are, read from `/proc`: the one of version 2 and those of version 1, which
 * may be mounted one by one, several together, or not at all.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Hierarchies {
  /** Folder of the own group for each controller of version 1, such as `memory`. */
  readonly version1: ReadonlyMap<string, string>
  /** Folder of the own group in the tree of version 2, or null. */
  readonly version2: string | null
}

interface Mount {
  /** Path of the group that is mounted. */
  readonly root: string
  readonly folder: string
  readonly type: string
  readonly options: readonly string[]
}

/** The hierarchies of a process; `self` for this one. */
export function readHierarchies(pid: number | 'self' = 'self'): Hierarchies {
  return parseHierarchies(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'))
}

/** The same from the texts of `/proc/PID/cgroup` (cgroups(7)) and `/proc/PID/mountinfo` (proc(5)). */
export function parseHierarchies(groupText: string, mountText: string): Hierarchies {
  const mounts = mountText.split('\n').flatMap(parseMount)
  const version1 = new Map<string, string>()
  let version2: string | null = null
  for (const line of groupText.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    if (controllers === '') {
      version2 = folderOf(
        path,
        mounts.find(({ type }) => type === 'cgroup2'),
      )
      continue
    }
    for (const controller of controllers.split(',')) {
      const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller))
      const folder = folderOf(path, mount)
      if (folder !== null) version1.set(controller, folder)
    }
  }
  return { version1, version2 }
}

function parseMount(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root = '', folder = ''] = before.split(' ')
  const [type = '', , options = ''] = after.split(' ')
  return type.startsWith('cgroup') ? [{ root, folder, type, options: options.split(',') }] : []
}

/** A container may see only the part of a tree that is mounted into it. */
function folderOf(path: string, mount: Mount | undefined): string | null {
  if (mount === undefined || path.startsWith('/..')) return null
  if (mount.root === '/') return join(mount.folder, path)
  if (path === mount.root || path.startsWith(`${mount.root}/`)) return join(mount.folder, path.slice(mount.root.length))
  return null
}
