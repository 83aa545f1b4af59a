/**
 * The door of one worker to the platform API. It is a Unix socket that only this worker's sandbox sees, in a folder that it
 * cannot change. Without a sandbox, or with the host's network, it is a port on the loopback, and whoever connects must
 * have the worker's uid. Owns who may come in, and how many at a time; what they may do is the gate's.
 */
import { chmod, chown, readFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { IdentityOfWorker, PlatformGate } from './types.ts'

/** As many as the relay passes on. A worker that has the socket itself gets no more, so that it cannot use the server up. */
const MOST_CONNECTIONS = 64

export interface Door {
  /** Port on the host's loopback, or null for a Unix socket. */
  readonly port: number | null
  close(): void
}

export interface DoorOptions {
  readonly gate: PlatformGate
  readonly identity: IdentityOfWorker
  /** Path of a Unix socket to make, or null for a port. */
  readonly socketPath: string | null
  /** Host uid of the worker, or null for the server's own. */
  readonly uid: number | null
}

export async function openDoor({ gate, identity, socketPath, uid }: DoorOptions): Promise<Door> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    open.add(connection)
    connection.on('close', () => open.delete(connection))
    // Whoever takes the connection adds its own listener; a reset before that must not end the server.
    connection.on('error', () => {})
    if (socketPath !== null) gate.accept(connection, identity)
    else void admit(connection)
  })

  server.maxConnections = MOST_CONNECTIONS

  async function admit(connection: Socket): Promise<void> {
    const expected = uid ?? process.getuid?.() ?? -1
    const found = await peerUid(connection).catch(() => null)
    if (found === expected) gate.accept(connection, identity)
    else connection.destroy()
  }

  await listen(server, socketPath)
  if (socketPath !== null) {
    await chmod(socketPath, 0o600)
    if (uid !== null) await chown(socketPath, uid, uid)
  }
  return {
    port: socketPath === null ? (server.address() as AddressInfo).port : null,
    close() {
      server.close()
      for (const connection of open) connection.destroy()
    },
  }
}

function listen(server: Server, socketPath: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const listening = () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    }
    if (socketPath === null) server.listen(0, '127.0.0.1', listening)
    else server.listen(socketPath, listening)
  })
}

/** Uid that owns the other end of a loopback connection, from the kernel's tables; null when it is not there. */
async function peerUid(connection: Socket): Promise<number | null> {
  const { remotePort, localPort } = connection
  if (remotePort === undefined || localPort === undefined) return null
  const ends = [hexPort(remotePort), hexPort(localPort)]
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(table, 'latin1').catch(() => '')).split('\n')) {
      // sl local_address rem_address st queues timer retransmits uid
      const [, local = '', remote = '', , , , , uid] = line.trim().split(/\s+/)
      const isLoopback = local.slice(-13, -5) === LOOPBACK && remote.slice(-13, -5) === LOOPBACK
      if (isLoopback && local.endsWith(`:${ends[0]}`) && remote.endsWith(`:${ends[1]}`)) return Number(uid)
    }
  }
  return null
}

/** 127.0.0.1 as these tables print it on little-endian machines, also at the end of a mapped IPv6 address. */
const LOOPBACK = '0100007F'
const hexPort = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')
