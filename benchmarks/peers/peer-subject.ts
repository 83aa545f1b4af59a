/** A peer as something to measure. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installNpm, installPython, pinnedVersion } from './install.ts'
import { type Peer, type Place, type Protocol, WORKERS } from './peers.ts'
import { startProgram } from './process.ts'
import { type Call, checkAnswers, plainCall, type Running, type Subject } from './subject.ts'
import { WORKLOADS } from './workloads.ts'

/** @param cache the folder that takes the installed packages */
export async function peerSubject(peer: Peer, cache: string): Promise<Subject> {
  const { id, name, group, language, setting } = peer
  const install = () => (language === 'Python' ? installPython(cache, id) : installNpm(cache))
  return {
    id,
    name,
    group,
    language,
    setting,
    version: await pinnedVersion(language, id, peer.package),
    install: async () => {
      await install()
    },
    start: async () => startPeer(peer, await install()),
  }
}

async function startPeer(peer: Peer, installed: Pick<Place, 'servers' | 'bin'>): Promise<Running> {
  // Directly below the folder for such things: sockets have short names.
  const scratch = await mkdtemp(join(tmpdir(), 'peer-'))
  const [port, ...otherPorts] = await freePorts()
  const place = { ...installed, port, otherPorts, scratch }
  const program = {
    command: peer.command(place),
    environment: environmentOf(peer, place),
    folder: scratch,
    logFile: join(scratch, 'log'),
  }
  const calls = callsOf(peer, port)
  const remove = () => rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  try {
    const { pid, close } = await startProgram(program, () => checkAnswers({ calls }))
    return { pid, calls, close: () => close().finally(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

function environmentOf(peer: Peer, place: Place): Record<string, string> {
  const { PATH = '', LANG = 'C.UTF-8' } = process.env
  return {
    PATH: `${place.bin}:${PATH}`,
    LANG,
    HOME: place.scratch,
    PYTHONPATH: place.servers,
    PYTHONDONTWRITEBYTECODE: '1',
    PORT: String(place.port),
    WORKERS: String(WORKERS),
    ...peer.environment?.(place),
  }
}

function callsOf({ protocols }: Peer, port: number): Running['calls'] {
  return Object.fromEntries(
    WORKLOADS.map((workload): [string, Call] => {
      const { path, ...own }: Protocol = protocols?.[workload] ?? { path: '/' }
      return [workload, { ...plainCall(`http://127.0.0.1:${port}${path}`), ...own }]
    }),
  )
}

/** Three that nobody has just now. */
async function freePorts(): Promise<[number, number, number]> {
  const [first, second, third] = [createServer(), createServer(), createServer()] as const
  const ports: [number, number, number] = [await listen(first), await listen(second), await listen(third)]
  for (const server of [first, second, third]) server.close()
  return ports
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A server has no port')
  return address.port
}
