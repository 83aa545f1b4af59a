/**
 * A small internet of network namespaces, for tests as root: a server's host with a public and a private network, a host on
 * the internet, and one in the private network, which also answers questions for names. Nothing of the machine's own network
 * is touched, and `close` leaves nothing behind.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Addresses, by what they are. The public ones belong to nobody here. */
export const ADDRESSES = {
  internet: ['93.184.216.34', '2606:2800:220:1::34'],
  server: ['93.184.216.1', '2606:2800:220:1::1', '10.77.0.2', 'fd77::2'],
  private: ['10.77.0.1', 'fd77::1'],
  metadata: '169.254.169.254',
} as const
export const PORT = 7777

const HOST_PROGRAM = join(import.meta.dirname, 'host.ts')

export interface Internet {
  /** Command that runs what follows it on the server's host. */
  readonly onServer: readonly string[]
  /** Gives the server's host one more address in its public network. */
  addAddress(address: string): void
  close(): Promise<void>
}

/** Makes the namespaces; `name` must be unique on the machine and short. */
export async function openInternet(name: string): Promise<Internet> {
  const [server, internet, lan] = [`${name}-s`, `${name}-i`, `${name}-l`]
  const all = [server, internet, lan]
  const children: ChildProcess[] = []
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const link = (one: string, other: string) =>
    ip(
      'link',
      'add',
      `eth-${other === internet ? 'i' : 'l'}`,
      'netns',
      one,
      'type',
      'veth',
      'peer',
      'name',
      'eth',
      'netns',
      other,
    )
  const give = (host: string, device: string, ...addresses: string[]) => {
    for (const address of addresses)
      ip('-n', host, 'addr', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []))
    ip('-n', host, 'link', 'set', device, 'up')
  }
  for (const host of all) {
    ip('netns', 'add', host)
    ip('-n', host, 'link', 'set', 'lo', 'up')
  }
  link(server, internet)
  link(server, lan)
  give(server, 'eth-i', '93.184.216.1/24', '2606:2800:220:1::1/64')
  give(server, 'eth-l', '10.77.0.2/24', 'fd77::2/64')
  give(internet, 'eth', '93.184.216.34/24', '2606:2800:220:1::34/64')
  give(lan, 'eth', '10.77.0.1/24', 'fd77::1/64', '169.254.169.254/16')
  ip('-n', server, 'route', 'add', 'default', 'via', '93.184.216.34')
  ip('-n', server, '-6', 'route', 'add', 'default', 'via', '2606:2800:220:1::34')
  ip('-n', server, 'route', 'add', '169.254.0.0/16', 'dev', 'eth-l')
  mkdirSync(`/etc/netns/${server}`, { recursive: true })
  writeFileSync(`/etc/netns/${server}/resolv.conf`, 'nameserver 10.77.0.1\noptions timeout:1 attempts:2\n')
  const roles = { [server]: 'server', [internet]: 'internet', [lan]: 'private' }
  await Promise.all(Object.entries(roles).map(([host, role]) => serveOn(host, role)))

  function serveOn(host: string, role: string): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', host, process.execPath, HOST_PROGRAM, role, String(PORT)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    return new Promise((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`the host "${role}" ended with ${code}`)))
    })
  }

  return {
    onServer: ['ip', 'netns', 'exec', server],
    addAddress: (address) => give(server, 'eth-i', address),
    async close() {
      const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(ended)
      for (const host of all) ip('netns', 'delete', host)
      rmSync(`/etc/netns/${server}`, { recursive: true })
    },
  }
}
