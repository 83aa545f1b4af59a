/**
 * Finds the groups in which the kernel ended a process for want of memory, and ends the rest of them. Control groups of
 * version 1 do not do that by themselves. One number for the whole machine is read; only when it changes are the groups.
 */
import { readFileSync } from 'node:fs'

const POLL_MS = 250

export interface PolledGroup {
  wasKilled(): boolean
  killRest(): void
}

export interface OomPoll {
  /** Watches a group until the function that is returned is called. */
  watch(group: PolledGroup): () => void
  close(): void
}

export function createOomPoll(): OomPoll {
  const groups = new Set<PolledGroup>()
  /** Killed again each time until they are gone: a process that forks may escape one pass. */
  const doomed = new Set<PolledGroup>()
  let seen = countOomKills()
  let timer: NodeJS.Timeout | null = null

  function look(): void {
    for (const group of doomed) group.killRest()
    const now = countOomKills()
    // Where the kernel does not tell the number, the groups are asked.
    if (now === seen && now !== null) return
    seen = now
    for (const group of groups) {
      if (doomed.has(group) || !group.wasKilled()) continue
      doomed.add(group)
      group.killRest()
    }
  }

  function close(): void {
    if (timer !== null) clearInterval(timer)
    timer = null
  }

  return {
    watch(group) {
      groups.add(group)
      timer ??= setInterval(look, POLL_MS).unref()
      return () => {
        groups.delete(group)
        doomed.delete(group)
        if (groups.size === 0) close()
      }
    },
    close,
  }
}

/** Processes that this machine's kernel has killed for want of memory; null where it does not say. */
function countOomKills(): number | null {
  try {
    const [, count] = /^oom_kill (\d+)/m.exec(readFileSync('/proc/vmstat', 'latin1')) ?? []
    return count === undefined ? null : Number(count)
  } catch {
    return null
  }
}
