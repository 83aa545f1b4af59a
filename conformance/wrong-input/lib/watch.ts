/**
 * Looks at a server from outside: how long its event loop was held, and which processes are there because of it. Every
 * server under watch has a range of host uids of its own, so that its processes are told from those of others.
 */
import assert from 'node:assert/strict'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { PATIENCE } from '../../lib/patience.ts'
import type { Target } from '../../lib/server.ts'

const UIDS = 1000
const SETTLE_MS = 8000 * PATIENCE

export interface ServerWatch {
  /** Forgets what was before. */
  reset(): Promise<void>
  /**
   * The longest time the event loop was held since the last look, less the time that the server waited for a processor.
   * @throws AssertionError when it was held too long
   */
  heldMs(): Promise<number>
  /** Waits until the only processes left are warm workers. @throws AssertionError naming the others */
  expectOnlyWarmWorkers(): Promise<void>
  /** Waits until no process of the server's uids has such a command. @throws AssertionError naming those that do */
  expectGone(command: RegExp): Promise<void>
  /** After the server has ended: no process of its uids is left. @throws AssertionError naming them */
  expectNothing(): Promise<void>
}

/** A base for `ALGORIST_UID_BASE` that no other server on this machine uses now. */
export function pickUidBase(): number {
  return 1_000_000 + UIDS * (process.pid % 100_000)
}

const HELD_LIMIT_MS = 100

export function createServerWatch(target: Target, uidBase: number): ServerWatch {
  let waitedBeforeMs = 0

  async function heldMs(): Promise<number> {
    const lagMs = (await metric('nodejs_eventloop_lag_max_seconds')) * 1000
    const waitedMs = await processorWaitMs()
    const held = Math.max(0, lagMs - (waitedMs - waitedBeforeMs))
    waitedBeforeMs = waitedMs
    return held
  }

  async function expectFree(): Promise<number> {
    const held = await heldMs()
    assert.ok(held <= PATIENCE * HELD_LIMIT_MS, `the event loop was held for ${held.toFixed(0)} ms`)
    return held
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${target.url}/metrics`)).text()
    const line = text.split('\n').find((each) => each.startsWith(`${name} `))
    assert.ok(line, `no ${name} in /metrics`)
    return Number(line.split(' ')[1])
  }

  /** Time that the main thread could have run and did not get a processor. */
  async function processorWaitMs(): Promise<number> {
    if (target.pid === null) return 0
    const text = await readFile(`/proc/${target.pid}/schedstat`, 'latin1')
    return Number(text.split(' ')[1]) / 1e6
  }

  async function leftovers(): Promise<string[]> {
    const found: string[] = []
    for (const name of ['algorist_workers_busy', 'algorist_calls_waiting', 'algorist_builds_running']) {
      const count = await metric(name)
      if (count > 0) found.push(`${name} is ${count}`)
    }
    const processes = await ownProcesses()
    for (const { command, pid } of processes) {
      if (/^(?:git|\/usr\/(?:bin|lib)\/git)/.test(command)) found.push(`${pid} ${command}`)
    }
    // A sandbox has a process namespace of its own; bubblewrap itself stays in ours.
    const own = await readlink('/proc/self/ns/pid')
    const sandboxes = new Set(processes.map(({ namespace }) => namespace).filter((each) => each !== own))
    const expected = await sandboxesOfWarmWorkers()
    if (sandboxes.size !== expected) {
      const list = processes.map(({ pid, command }) => `${pid} ${command}`).join('\n')
      found.push(`${sandboxes.size} sandboxes instead of ${expected}:\n${list}`)
    }
    return found
  }

  /** Those of idle workers, of what workers are forked from, and of the forks that wait. */
  async function sandboxesOfWarmWorkers(): Promise<number> {
    const names = ['workers', 'templates_environments', 'templates_versions', 'templates_ready_forks']
    const counts = await Promise.all(names.map((name) => metric(`algorist_${name}`)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async function running(wanted: RegExp): Promise<string[]> {
    const found = (await ownProcesses()).filter(({ command }) => wanted.test(command))
    return found.map(({ pid, command }) => `${pid} ${command}`)
  }

  interface Process {
    readonly pid: number
    readonly command: string
    readonly namespace: string
  }

  async function ownProcesses(): Promise<Process[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const read = await Promise.all(pids.map((pid) => readProcess(Number(pid)).catch(() => null)))
    return read.filter((each) => each !== null)
  }

  /** Null for a process of somebody else; throws when it ends meanwhile. */
  async function readProcess(pid: number): Promise<Process | null> {
    const status = await readFile(`/proc/${pid}/status`, 'latin1')
    const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
    if (uid < uidBase || uid >= uidBase + UIDS || /^State:\s+Z/m.test(status)) return null
    const command = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ').slice(0, 200)
    return { pid, command, namespace: await readlink(`/proc/${pid}/ns/pid`) }
  }

  async function expectEventually(look: () => Promise<string[]>): Promise<void> {
    const giveUpAtMs = performance.now() + SETTLE_MS
    for (;;) {
      const found = await look()
      if (found.length === 0) return
      if (performance.now() > giveUpAtMs) assert.fail(`still there after ${SETTLE_MS / 1000} s:\n${found.join('\n')}`)
      await delay(100)
    }
  }

  return {
    reset: async () => void (await heldMs()),
    heldMs: expectFree,
    expectOnlyWarmWorkers: () => (target.pid === null ? Promise.resolve() : expectEventually(leftovers)),
    expectGone: (command) => (target.pid === null ? Promise.resolve() : expectEventually(() => running(command))),
    expectNothing: () => (target.pid === null ? Promise.resolve() : expectEventually(() => running(/(?:)/))),
  }
}
