/**
 * Connectors in use: finds the one that an address means among those of an account, and keeps its driver for the next
 * request. Rights and paths are in the row, which is read for every request, so only other credentials make a new driver.
 */
import type { ConnectorProtocol } from '@algorist/contract/data-uri.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import type { AccountEntry } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import type { Driver } from '../drivers/driver.ts'
import { DROPBOX_URLS } from '../drivers/dropbox-fetch.ts'
import { createConnectorAgents } from '../http/egress-agents.ts'
import type { EgressGate } from '../http/egress-gate.ts'
import type { SecretBox } from '../secret-box.ts'
import { openCredentials, sealCredentials } from './credentials.ts'
import { type DriverSurroundings, makeDriver } from './make-driver.ts'
import { isWithinGlob } from './path-glob.ts'
import { type ConnectorRow, selectByAddress, updateSealed } from './queries.ts'

export interface OpenConnectorsOptions {
  readonly db: Database
  readonly secretBox: SecretBox
  readonly egress: Pick<EgressGate, 'lookup' | 'guard'>
  readonly dropboxApp: DriverSurroundings['dropboxApp']
  /** Dropbox's own unless given. */
  readonly dropboxUrls?: DriverSurroundings['dropboxUrls']
  readonly log: Logger
  /** Longest time in which nothing comes from a storage; the agents' own when left out. */
  readonly silenceMs?: number
  /** Drivers that are kept; the one that was used longest ago makes place. */
  readonly maxOpen?: number
}

/** As a data URI names it, such as `s3+lab` or `s3`. */
export interface ConnectorAddress {
  readonly protocol: Exclude<ConnectorProtocol, 'data'>
  readonly label: string | undefined
}

export interface OpenConnector {
  readonly driver: Driver
  /**
   * Why it is not for this, by its pattern and its switch for writing, which includes deleting; undefined when it is. What the
   * caller may is decided elsewhere.
   */
  refusal(path: string, act: 'read' | 'write'): string | undefined
}

export interface OpenConnectors {
  /** Looks among the account's own connectors alone. @throws ApiError DataNotFound that says how to make one */
  find(account: Pick<AccountEntry, 'id' | 'name'>, address: ConnectorAddress): Promise<OpenConnector>
  /** Ends what is going on with the credentials that a connector had. */
  forget(id: string): void
  close(): Promise<void>
}

interface Kept {
  readonly credentialsVersion: number
  readonly driver: Promise<Driver>
  end(): Promise<void>
}

export function createOpenConnectors(options: OpenConnectorsOptions): OpenConnectors {
  const { db, secretBox, egress, dropboxApp, dropboxUrls = DROPBOX_URLS, log, silenceMs, maxOpen = 256 } = options
  /** By id of the connector, the one that was used last at the end. */
  const kept = new Map<string, Kept>()

  function driverOf(row: ConnectorRow): Promise<Driver> {
    const known = kept.get(row.id)
    const isCurrent = known !== undefined && known.credentialsVersion >= row.credentials_version
    if (known && !isCurrent) end(row.id, known)
    const used = isCurrent ? known : open(row)
    kept.delete(row.id)
    kept.set(row.id, used)
    makePlace()
    return used.driver
  }

  /** Agents of its own, so that ending one connector cuts off nobody else. */
  function open(row: ConnectorRow): Kept {
    const agents = createConnectorAgents(egress, silenceMs === undefined ? {} : { silenceMs })
    const driver = makeDriver(openCredentials(secretBox, row), {
      agents,
      dropboxApp,
      dropboxUrls,
      onRenewed: (credentials) => updateSealed(db, { ...row, sealed: sealCredentials(secretBox, row.id, credentials) }),
    })
    const opened: Kept = {
      credentialsVersion: row.credentials_version,
      driver,
      async end() {
        agents.close()
        await (await driver).close()
      },
    }
    driver.catch(() => {
      if (kept.get(row.id) === opened) kept.delete(row.id)
    })
    return opened
  }

  /** What is going on with a driver that makes place goes on; its connections end by themselves when nobody uses them. */
  function makePlace(): void {
    for (const id of kept.keys()) {
      if (kept.size <= maxOpen) return
      kept.delete(id)
    }
  }

  function end(id: string, { end: close }: Kept): void {
    kept.delete(id)
    close().catch((err: unknown) => log.warn({ err, connector: id }, 'a connector could not be closed'))
  }

  return {
    async find(account, address) {
      const row = await selectByAddress(db, account.id, address)
      if (!row) throw notFound(account.name, address)
      return {
        driver: await driverOf(row),
        refusal: (path, act) => refusalOf(row, path, act),
      }
    },
    forget(id) {
      const known = kept.get(id)
      if (known) end(id, known)
    },
    async close() {
      const all = [...kept.values()]
      kept.clear()
      await Promise.allSettled(all.map((each) => each.end()))
    },
  }
}

function refusalOf(
  { protocol, label, path_glob, is_writeable }: ConnectorRow,
  path: string,
  act: 'read' | 'write',
): string | undefined {
  const name = `the connector ${protocol}+${label}`
  if (!isWithinGlob(path_glob, path)) return `${name} is for ${path_glob} and nothing else`
  if (act === 'write' && is_writeable === 0) return `${name} only reads; its owner can make it writeable`
  return undefined
}

function notFound(account: string, { protocol, label }: ConnectorAddress): ApiError {
  const wanted = label === undefined ? `default connector for ${protocol}` : `connector ${protocol}+${label}`
  return new ApiError(
    'DataNotFound',
    `${account} has no ${wanted}; create one with POST /v1/users/${account}/connectors, or name one that is there: ` +
      `${protocol}+LABEL://PATH`,
  )
}
