/**
 * Pipes between the runner and a sandboxed program. Node gives its children sockets, and a program that opens
 * `/dev/stdout` or `/dev/stderr` (as scripts do) fails on a socket; these are pipes as any shell makes them.
 */
import { closeSync, constants, fchmodSync, fchownSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { SandboxProcess } from './sandbox/sandbox.ts'
import { runTool } from './tool.ts'

export interface OutputReaders {
  readonly stdout: Socket
  readonly stderr: Socket
}

export interface OutputPipes extends OutputReaders {
  /** Writing ends for the program's descriptors 1 and 2. */
  readonly writers: readonly [number, number]
}

export interface Pipes {
  readonly output: OutputPipes
  /** Reading end of the FIFO at `answers`, for programs that carry their own pipe. */
  readonly answers: Socket | null
}

export interface PipeOptions {
  readonly folder: string
  /** Owner inside the sandbox, or null for the server's own uid. */
  readonly uid: number | null
  /** Name of a FIFO to keep in the folder for answers. */
  readonly answers: string | null
}

/** Time to read what an ended program left in its pipes, should somebody outside hold them open. */
const DRAIN_MS = 200

/** Makes the pipes of one program. */
export async function makePipes({ folder, uid, answers }: PipeOptions): Promise<Pipes> {
  const names = answers === null ? ['stdout', 'stderr'] : ['stdout', 'stderr', answers]
  const [outPath = '', errPath = '', answersPath] = names.map((name) => join(folder, name))
  await runTool('mkfifo', answersPath === undefined ? [outPath, errPath] : [outPath, errPath, answersPath])
  const out = openPipe(outPath, uid)
  const err = openPipe(errPath, uid)
  await Promise.all([rm(outPath), rm(errPath)])
  return {
    output: { stdout: out.reader, stderr: err.reader, writers: [out.writer, err.writer] },
    answers: answersPath === undefined ? null : openAnswers(answersPath, uid),
  }
}

function openPipe(path: string, uid: number | null): { reader: Socket; writer: number } {
  const reader = openFifo(path, constants.O_RDONLY, uid)
  return {
    reader: new Socket({ fd: reader, readable: true, writable: false }),
    writer: openSync(path, constants.O_WRONLY),
  }
}

/**
 * Opened for both directions before the program starts: the runner then never sees an end, no writer ever waits for it,
 * and author code cannot put something else in its place first (runtime.md 2.8).
 */
function openAnswers(path: string, uid: number | null): Socket {
  return new Socket({ fd: openFifo(path, constants.O_RDWR, uid), readable: true, writable: false })
}

function openFifo(path: string, direction: number, uid: number | null): number {
  const fd = openSync(path, direction | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  fchmodSync(fd, 0o644)
  if (uid !== null) fchownSync(fd, uid, uid)
  return fd
}

/** Starts a program on the writing ends and closes ours: the end of its output can be seen from then on. */
export async function startWith<T>(output: OutputPipes, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } finally {
    for (const writer of output.writers) closeSync(writer)
  }
}

/** Calls `over` once, when the process has ended and its output has been read. */
export function onEnd(
  child: SandboxProcess,
  { stdout, stderr }: OutputReaders,
  over: (code: number | null, signal: NodeJS.Signals | null) => void,
): void {
  let code: number | null = null
  let signal: NodeJS.Signals | null = null
  let open = 3
  let isOver = false
  const finish = () => {
    if (isOver) return
    isOver = true
    over(code, signal)
  }
  const closed = () => {
    open--
    if (open === 0) finish()
  }
  stdout.once('close', closed)
  stderr.once('close', closed)
  child.once('exit', (exitCode, exitSignal) => {
    code = exitCode
    signal = exitSignal
    setTimeout(finish, DRAIN_MS)
  })
  child.once('close', closed)
}
