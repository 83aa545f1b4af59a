/** Finds the best way in which this host can hold sandboxes to their limits, by trying: control groups 2, 1, then watching. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createCgroup1 } from './cgroup1.ts'
import { createCgroup2 } from './cgroup2.ts'
import type { GroupKind, ProcessGroups } from './groups.ts'
import { endWithServer } from './guardian.ts'
import { type Hierarchies, readHierarchies } from './hierarchies.ts'
import { createWatch } from './watch.ts'

const PROBE_BYTES = 64 * 1024 * 1024

const CANDIDATES = [
  { kind: 'cgroup2', name: 'Control groups of version 2', create: createCgroup2 },
  { kind: 'cgroup1', name: 'Control groups of version 1', create: createCgroup1 },
] as const

/**
 * The best kind that works here, whose processes end with this process; `passedOver` of what is returned says why a better one does not.
 * @param only takes no other kind, for tests and doctors
 * @throws Error when `only` does not work here
 */
export async function chooseGroups(only?: GroupKind): Promise<ProcessGroups> {
  const passedOver: string[] = []
  for (const { kind, name, create } of CANDIDATES) {
    if (only !== undefined && only !== kind) continue
    try {
      return endWithServer({ ...(await proven(create, readHierarchies())), passedOver })
    } catch (error) {
      passedOver.push(`${name} cannot be used: ${(error as Error).message}.`)
    }
  }
  if (only !== undefined && only !== 'watch') throw new Error(passedOver.join(' '))
  return endWithServer({ ...createWatch(), passedOver })
}

/** Makes a group and moves a process into it: what a file's mode says about control groups proves nothing. */
async function proven(
  create: (hierarchies: Hierarchies) => ProcessGroups,
  hierarchies: Hierarchies,
): Promise<ProcessGroups> {
  const groups = create(hierarchies)
  try {
    await probe(groups)
    return groups
  } catch (error) {
    await groups.close()
    throw error
  }
}

async function probe(groups: ProcessGroups): Promise<void> {
  const child = spawn('/bin/cat', { cwd: '/', env: {}, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  const group = groups.open({ memoryBytes: PROBE_BYTES, cpus: 1, processes: 8 }, 'worker')
  try {
    if (child.pid === undefined) throw new Error('/bin/cat cannot be started')
    const before = readFileSync(`/proc/${child.pid}/cgroup`, 'latin1')
    group.add(child.pid)
    if (readFileSync(`/proc/${child.pid}/cgroup`, 'latin1') === before) throw new Error('a process did not move')
  } finally {
    child.stdin.end()
    await ended
    group.release()
  }
}
