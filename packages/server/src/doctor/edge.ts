/** How the server is reached, and whether it runs. */
import { stat } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { findRunningServer } from '../data-folder.ts'
import type { Check, Finding } from './doctor.ts'

export function listEdgeChecks(config: Config): Check[] {
  return [
    { name: 'server', run: () => checkServer(config.home) },
    { name: 'address', run: async () => checkAddress(config) },
    { name: 'TLS key', run: () => checkTlsKey(config) },
  ]
}

async function checkServer(home: string): Promise<Finding> {
  const server = await findRunningServer(home)
  return { name: 'server', level: 'ok', detail: server ? `runs at ${server.url} (pid ${server.pid})` : 'does not run' }
}

function checkAddress({ listen, url }: Config): Finding {
  const name = 'address'
  const isPublic = !/^(?:127\.|::1$|localhost$)/.test(listen.host)
  const isEncrypted = listen.tls !== null || url.startsWith('https:')
  if (!isPublic || isEncrypted) return { name, level: 'ok', detail: url }
  return {
    name,
    level: 'warning',
    detail: `${listen.host} is reachable from other machines without TLS: keys cross the network in the clear, and admin keys are refused from there`,
    fix: 'set ALGORIST_TLS_CERTIFICATE and ALGORIST_TLS_KEY, or put a TLS proxy in front and set ALGORIST_URL',
  }
}

async function checkTlsKey({ listen: { tls } }: Config): Promise<Finding> {
  const name = 'TLS key'
  if (tls === null) return { name, level: 'ok', detail: 'none is used' }
  const { mode } = await stat(tls.keyPath)
  if ((mode & 0o007) === 0) return { name, level: 'ok', detail: tls.keyPath }
  const detail = `${tls.keyPath} has mode ${(mode & 0o777).toString(8)}: everybody on this machine can be this server`
  return { name, level: 'failed', detail, fix: `chmod o= ${tls.keyPath}` }
}
