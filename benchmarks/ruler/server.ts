/**
 * The strict ruler: the least that a server with separate workers must do in the same languages. `node:http`, read the
 * body, one round trip over a Unix socket to one of two workers, one frame each at a time, reply. No authentication,
 * no versions, no metering, no sandbox.
 *
 * `node server.ts python|javascript` prints its address as one line and runs until it is killed.
 */
import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

const WORKERS = 2
const HEADER_BYTES = 10
const COMMANDS = {
  python: ['/usr/bin/python3', '-s', '-B', `${import.meta.dirname}/worker.py`],
  javascript: [process.execPath, `${import.meta.dirname}/worker.cjs`],
} as const

interface Waiting {
  readonly body: Buffer
  answer(result: Buffer): void
}

const waiting: Waiting[] = []
const idle: ((call: Waiting) => void)[] = []

function dispatch(call: Waiting): void {
  const worker = idle.pop()
  if (worker) worker(call)
  else waiting.push(call)
}

/** Starts a worker that takes one call, answers it, and takes the next. */
function startWorker([command, ...args]: readonly [string, ...string[]]): void {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  // A ruler with a broken worker measures nothing: whoever measures sees its connections close.
  child.once('exit', () => process.exit(1))
  // Narrowed once here: descriptor 3 is the fourth pipe asked for above.
  const socket = child.stdio[3] as Duplex
  let running: Waiting | null = null
  let number = 0

  function run(call: Waiting): void {
    running = call
    socket.write(frame(++number, call.body))
  }

  readFrames(socket, (result) => {
    running?.answer(result)
    running = null
    const next = waiting.shift()
    if (next) run(next)
    else idle.push(run)
  })
}

function frame(number: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length)
  bytes.writeUInt32BE(body.length, 0)
  bytes.write('Ct', 4, 'latin1')
  bytes.writeUInt32BE(number, 6)
  body.copy(bytes, HEADER_BYTES)
  return bytes
}

function readFrames(socket: Duplex, onBody: (body: Buffer) => void): void {
  let buffered: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    while (buffered.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + buffered.readUInt32BE(0)
      if (buffered.length < end) return
      onBody(buffered.subarray(HEADER_BYTES, end))
      buffered = buffered.subarray(end)
    }
  })
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () =>
    dispatch({
      body: Buffer.concat(chunks),
      answer(result) {
        response.setHeader('Content-Type', 'text/plain')
        response.setHeader('Content-Length', result.length)
        response.end(result)
      },
    }),
  )
}

const command = COMMANDS[process.argv[2] === 'javascript' ? 'javascript' : 'python']
for (let count = 0; count < WORKERS; count++) startWorker(command)
const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})
