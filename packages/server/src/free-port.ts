/** Port 0 means any free port. It is chosen before anything is opened, since links and bootstrap.json name it. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Config } from './config.ts'

/** The configuration with a real port, and with that port in a derived URL. */
export async function withFreePort(config: Config): Promise<Config> {
  if (config.listen.port !== 0) return config
  const probe = createServer()
  await once(probe.listen(0, config.listen.host), 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  const url = config.isUrlDerived ? Object.assign(new URL(config.url), { port: String(port) }).origin : config.url
  return { ...config, url, listen: { ...config.listen, port } }
}
