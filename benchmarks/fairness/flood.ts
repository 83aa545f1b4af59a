/**
 * A flood in a process of its own, so that it delays nobody but the server: many connections, each sends its next call the
 * moment the last one is answered, whatever the answer is. `startFlood` (processes.ts) runs it.
 *
 *     bin/node benchmarks/fairness/flood.ts KEY CONNECTIONS URL...
 *
 * It prints how many calls have been answered by status, in JSON, for each line that it reads, and ends with its input.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const [key = '', connections = '0', ...urls] = process.argv.slice(2)
/** A connection that breaks is made anew, but not at once. */
const BROKEN_MS = 50

const statuses = new Map<string, number>()

/** One connection, dealt out among the addresses. */
function open(index: number): void {
  const { hostname, port, pathname } = new URL(urls[index % urls.length] ?? '')
  const request = Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Simple ${key}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1\r\n\r\n1',
  )
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  socket.on('connect', () => socket.write(request))
  socket.on('error', () => {})
  socket.on('close', () => setTimeout(open, BROKEN_MS, index).unref())
  readReplies(socket, request)
}

function readReplies(socket: Socket, request: Buffer): void {
  let buffered = ''
  socket.on('data', (chunk: Buffer) => {
    buffered += chunk.toString('latin1')
    const head = buffered.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/content-length: (\d+)/i.exec(buffered.slice(0, head))?.[1])
    if (buffered.length < head + 4 + length) return
    const status = buffered.slice(9, 12)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    buffered = ''
    socket.write(request)
  })
}

for (let count = 0; count < Number(connections); count++) open(count)
createInterface({ input: process.stdin })
  .on('line', () => process.stdout.write(`${JSON.stringify(Object.fromEntries(statuses))}\n`))
  .on('close', () => process.exit())
