/** Ending an HTTP server without cutting off who is being answered. */
import { once } from 'node:events'
import type { Server } from 'node:http'

/** Takes no new connections, lets running requests finish, cuts what is left when the time is over. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // A connection becomes idle when its last request is answered, and clients keep idle ones open.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
