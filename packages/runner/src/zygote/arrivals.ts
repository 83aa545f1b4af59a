/** Where the forks of one environment template call the runner: numbers them, and takes the stream that each opens. */
import { chmod, chown } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { makeOwnFolder } from '../launch.ts'

export interface Arrivals {
  /** The next fork's number, and its folder, which it sees until it has its order. */
  next(): Promise<{ readonly number: number; readonly folder: string }>
  /** The stream that the fork opens. Stays open when the fork ends first. */
  arrival(number: number): Promise<Socket>
  forget(number: number): void
  close(): void
}

/** `folder` is there and belongs to `uid`, which alone can call. */
export async function createArrivals(folder: string, uid: number | null): Promise<Arrivals> {
  const expected = new Map<number, PromiseWithResolvers<Socket>>()
  let made = 0
  const server = await listen(join(folder, 'frames.sock'), (number, socket) => {
    const arrival = expected.get(number)
    if (arrival === undefined) socket.destroy()
    else arrival.resolve(socket)
  })
  if (uid !== null) await chown(join(folder, 'frames.sock'), uid, uid)
  return {
    async next() {
      const number = ++made
      expected.set(number, Promise.withResolvers())
      const own = join(folder, String(number))
      await makeOwnFolder(own, uid)
      return { number, folder: own }
    },
    arrival: (number) => expected.get(number)?.promise ?? Promise.reject(new Error('A fork ended before it ran')),
    forget: (number) => void expected.delete(number),
    close: () => void server.close(),
  }
}

async function listen(path: string, arrived: (number: number, socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    const read = () => {
      const bytes: Buffer | null = socket.read(4)
      if (bytes === null) return
      socket.off('readable', read)
      arrived(bytes.readUInt32BE(), socket)
    }
    socket.on('readable', read)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  await chmod(path, 0o600)
  return server
}
