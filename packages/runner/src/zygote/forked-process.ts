/** A worker forked from a template, as the runner knows processes: what it says about its end is the template's word. */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { SandboxProcess } from '../sandbox/sandbox.ts'

export interface ForkedProcess {
  readonly process: SandboxProcess
  /** Tells that it has ended; its number may belong to another process from now on. */
  ended(code: number | null, signal: NodeJS.Signals | null): void
}

/** `pid` is its host number; it leads a process group, and the kernel ends all processes of its namespace with it. */
export function createForkedProcess(pid: number, frames: Socket): ForkedProcess {
  const events = new EventEmitter()
  const forked = {
    pid: pid as number | undefined,
    stdin: null,
    stdio: [null, null, null, frames, null],
    once: events.once.bind(events),
  }
  return {
    process: forked as unknown as SandboxProcess,
    ended(code, signal) {
      if (forked.pid === undefined) return
      forked.pid = undefined
      // Later, as for a child of this process: whoever got it just now has had the time to listen.
      setImmediate(() => {
        events.emit('exit', code, signal)
        if (frames.destroyed) events.emit('close', code, signal)
        else frames.once('close', () => events.emit('close', code, signal))
      })
      // What it said last is read to the end, which comes now that no process of its namespace is left.
      frames.resume()
    },
  }
}
