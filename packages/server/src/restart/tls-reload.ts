/** Reads certificate and key again: when it is told to, and when the files have changed. Connections go on as they are. */
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createSecureContext, Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'

const CHECK_MS = 60_000

export interface TlsFiles {
  readonly certificatePath: string
  readonly keyPath: string
}

export interface TlsPair {
  readonly certificate: Buffer
  readonly key: Buffer
}

export interface TlsReload {
  /** Resolves to true when new connections get another certificate from now on. A broken pair is logged and not used. */
  reload(): Promise<boolean>
  close(): void
}

/** @throws Error when a file cannot be read */
export async function readTlsPair({ certificatePath, keyPath }: TlsFiles): Promise<TlsPair> {
  const [certificate, key] = await Promise.all([readFile(certificatePath), readFile(keyPath)])
  return { certificate, key }
}

export interface TlsReloadOptions {
  readonly server: Server
  readonly files: TlsFiles
  /** What the server uses now. */
  readonly pair: TlsPair
  readonly log: Logger
  /** For tests. */
  readonly checkMs?: number
}

export function keepTlsCurrent(options: TlsReloadOptions): TlsReload {
  const { server, files, log, checkMs = CHECK_MS } = options
  let used = options.pair
  /** A broken pair is not told again every minute. */
  let refused: TlsPair | undefined
  const timer = setInterval(() => void reload(), checkMs).unref()

  async function reload(): Promise<boolean> {
    try {
      const pair = await readTlsPair(files)
      if (isSame(pair, used) || (refused && isSame(pair, refused))) return false
      refused = pair
      const context = { cert: pair.certificate, key: pair.key }
      // Throws when the two do not belong together; `setSecureContext` would leave the server with half of them.
      createSecureContext(context)
      if (server instanceof TlsServer) server.setSecureContext(context)
      used = pair
      refused = undefined
      log.info('new connections get the certificate that is on disk now')
      return true
    } catch (err) {
      log.error({ err, ...files }, 'the TLS certificate on disk cannot be used; the one before is kept')
      return false
    }
  }

  return { reload, close: () => clearInterval(timer) }
}

function isSame(one: TlsPair, other: TlsPair): boolean {
  return one.certificate.equals(other.certificate) && one.key.equals(other.key)
}
