/**
 * The rulers: the least that a server with separate workers must do in the same languages. `node:http`, read the body, one
 * round trip over a Unix socket to a worker with the frame code of our own bridge, reply. No authentication, no versions, no
 * metering, no sandbox.
 *
 * - strict: two workers, each is given a frame when it has answered the one before.
 * - pipelined: one worker, which is given every frame at once.
 *
 * `node server.ts python|javascript|LANGUAGE strict|pipelined` prints its address as one line and runs until it is killed. The
 * worker of any other language is its bridge (bridges.ts).
 */
import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { bridgeWorker, type WorkerCommand } from './bridges.ts'
import { frameHeader, readBodies } from './frames.ts'

const WORKERS: Readonly<Record<string, WorkerCommand>> = {
  python: { command: ['/usr/bin/python3', '-s', '-B', `${import.meta.dirname}/worker.py`] },
  javascript: { command: [process.execPath, `${import.meta.dirname}/worker.cjs`] },
}
const KINDS: Readonly<Record<string, string>> = { 'application/json': 'j', 'application/octet-stream': 'b' }
/** Below this one copy is cheaper than a second part of a write. */
const SMALL_BODY_BYTES = 65_536

interface Call {
  readonly kind: string
  readonly body: Buffer
  answer(result: Buffer): void
}

function startWorker({ command, ...where }: WorkerCommand, onReply: (result: Buffer) => void) {
  const [program, ...args] = command
  const child = spawn(program, args, { ...where, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  // A ruler with a broken worker measures nothing: whoever measures sees its connections close.
  child.once('exit', () => process.exit(1))
  // Narrowed once here: descriptor 3 is the fourth pipe asked for above.
  const socket = child.stdio[3] as Duplex
  const ready = Promise.withResolvers<void>()
  let isReady = false
  let number = 0
  readBodies(socket, (body) => {
    if (isReady) return onReply(body)
    isReady = true
    ready.resolve()
  })
  return {
    ready: ready.promise,
    send({ kind, body }: Call): void {
      const header = frameHeader(kind, ++number, body.length)
      if (body.length < SMALL_BODY_BYTES) {
        socket.write(Buffer.concat([header, body]))
        return
      }
      socket.cork()
      socket.write(header)
      socket.write(body)
      socket.uncork()
    },
  }
}

type Dispatch = (call: Call) => void

async function strict(worker: WorkerCommand): Promise<Dispatch> {
  const waiting: Call[] = []
  const idle: Dispatch[] = []
  const start = async (): Promise<void> => {
    let running: Call | null = null
    const started = startWorker(worker, (result) => {
      running?.answer(result)
      running = null
      const next = waiting.shift()
      if (next) run(next)
      else idle.push(run)
    })
    const run = (call: Call): void => {
      running = call
      started.send(call)
    }
    await started.ready
    idle.push(run)
  }
  await Promise.all([start(), start()])
  return (call) => {
    const run = idle.pop()
    if (run) run(call)
    else waiting.push(call)
  }
}

async function pipelined(worker: WorkerCommand): Promise<Dispatch> {
  const running: Call[] = []
  const started = startWorker(worker, (result) => running.shift()?.answer(result))
  await started.ready
  return (call) => {
    running.push(call)
    started.send(call)
  }
}

function serve(dispatch: Dispatch, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  const type = request.headers['content-type'] ?? 'text/plain'
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () =>
    dispatch({
      kind: KINDS[type] ?? 't',
      body: Buffer.concat(chunks),
      answer(result) {
        response.setHeader('Content-Type', type)
        response.setHeader('Content-Length', result.length)
        response.end(result)
      },
    }),
  )
}

const [, , language = 'python', mode] = process.argv
const dispatch = await (mode === 'pipelined' ? pipelined : strict)(WORKERS[language] ?? bridgeWorker(language))
const server = createServer((request, response) => serve(dispatch, request, response)).listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})
