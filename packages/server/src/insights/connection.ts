/**
 * The broker that administrators name for insights (rest-api.md 3.10, rows 1 to 3). It is kept, sealed, for the sink that
 * will send to it; until there is one, events are kept by the server itself. Nobody is shown the password again.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { BodyOf } from '@algorist/contract/operation.ts'
import type { setInsightsConnection } from '@algorist/contract/operations/insights.ts'
import type { Services } from '../services.ts'
import * as queries from './queries.ts'

type Uses = Pick<Services, 'db' | 'secretBox' | 'log'>
type Connection = BodyOf<typeof setInsightsConnection>
type Shown = Omit<Connection, 'connection_type' | 'broker_password'> & { readonly id: string }

/** There is one row. */
const SEALED_FOR = 'insights connection'
const BROKER = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/
const LAST_PORT = 65_535

/** @throws ApiError ConfigEntryNotFound when none is set */
export async function getConnection({ db, secretBox }: Uses): Promise<Shown> {
  const row = await queries.selectConnection(db)
  if (!row) throw new ApiError('ConfigEntryNotFound', 'No connection for insights is set')
  return show(row.id, JSON.parse(secretBox.open(row.sealed, SEALED_FOR)) as Connection)
}

/** Takes the place of the one before. @throws ApiError InputValidationError */
export async function setConnection({ db, secretBox, log }: Uses, given: Connection): Promise<Shown> {
  const connection = checked(given)
  const { id } = await queries.upsertConnection(db, {
    id: randomUUID(),
    sealed: secretBox.seal(JSON.stringify(connection), SEALED_FOR),
    created_at: new Date().toISOString(),
  })
  log.warn('the connection for insights is kept, but sending to it is not there yet: insights stay on this server')
  return show(id, connection)
}

export function removeConnection({ db }: Pick<Uses, 'db'>): Promise<void> {
  return queries.deleteConnection(db)
}

function checked(connection: Connection): Connection {
  const { connection_type, broker_url, topic, broker_username, broker_password } = connection
  const wrong = broker_url.split(',').find((address) => !isAddress(address.trim()))
  if (wrong !== undefined) {
    throw new ApiError(
      'InputValidationError',
      `Expected broker_url to be host:port, or some with commas, got '${wrong}'`,
    )
  }
  if (connection_type === 'kafka_unauthenticated_plaintext') return { connection_type, broker_url, topic }
  if (broker_username && broker_password) return connection
  throw new ApiError('InputValidationError', 'kafka_sasl_ssl needs broker_username and broker_password')
}

function isAddress(text: string): boolean {
  const port = Number(BROKER.exec(text)?.[1])
  return port > 0 && port <= LAST_PORT
}

function show(id: string, { connection_type: _, broker_password: __, ...shown }: Connection): Shown {
  return { ...shown, id }
}
