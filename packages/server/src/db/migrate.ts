/**
 * Brings a database to the schema of this server, one numbered migration after the other, each in a transaction of its
 * own. A migration that was released is never edited; a later one changes what it made. Migrations only add: the server
 * before may still be at work while the next one migrates (decision 0063).
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import { firstMigration } from './migrations/0001-first.ts'
import { callResultsMigration } from './migrations/0002-call-results.ts'
import { peopleMigration } from './migrations/0003-people.ts'
import { hostedDataMigration } from './migrations/0004-hosted-data.ts'
import { connectorsMigration } from './migrations/0005-connectors.ts'
import { callLogMigration } from './migrations/0006-call-log.ts'
import { usageMigration } from './migrations/0007-usage.ts'
import { secretsMigration } from './migrations/0008-secrets.ts'
import { insightsMigration } from './migrations/0009-insights.ts'
import { instancesMigration } from './migrations/0010-instances.ts'
import { manyAccountsMigration } from './migrations/0011-many-accounts.ts'
import { startCausesMigration } from './migrations/0012-start-causes.ts'
import { partsOfCallsMigration } from './migrations/0013-parts-of-calls.ts'

export type Engine = 'sqlite' | 'postgres'

export interface Migration {
  /** For people, such as `first`. */
  readonly name: string
  /** Makes its changes; running it a second time changes nothing. */
  up(transaction: Transaction<unknown>, engine: Engine): Promise<void>
}

/** In order; the first has number 1. */
export const MIGRATIONS: readonly Migration[] = [
  firstMigration,
  callResultsMigration,
  peopleMigration,
  hostedDataMigration,
  connectorsMigration,
  callLogMigration,
  usageMigration,
  secretsMigration,
  insightsMigration,
  instancesMigration,
  manyAccountsMigration,
  startCausesMigration,
  partsOfCallsMigration,
]

/** Any number; servers that start together on one PostgreSQL database wait for each other with it. */
const POSTGRES_LOCK = 7_201_384

/** All that this file itself reads and writes. */
interface OwnSchema {
  migrations: { number: number; name: string; applied_at: string }
}

/**
 * Applies what is missing.
 *
 * @throws Error when a newer server has changed the database (schema guard), or a migration fails; it then has changed
 *   nothing
 */
export async function migrate<T>(db: Kysely<T>, engine: Engine, migrations = MIGRATIONS): Promise<void> {
  const own = db as unknown as Kysely<OwnSchema>
  let applied = await own.transaction().execute((transaction) => lastApplied(transaction, engine))
  while (applied < migrations.length) {
    applied = await own.transaction().execute((transaction) => applyNext(transaction, engine, migrations))
  }
  if (applied > migrations.length) {
    throw new Error(
      `The database was changed by a newer server: expected migration ${migrations.length} or lower, got ${applied}. ` +
        'Run that version of the server, or restore the backup that was made before its upgrade',
    )
  }
}

/** Asks again under the lock, since another server may have been faster. */
async function applyNext(
  transaction: Transaction<OwnSchema>,
  engine: Engine,
  migrations: readonly Migration[],
): Promise<number> {
  const applied = await lastApplied(transaction, engine)
  const next = migrations[applied]
  if (!next) return applied
  await next.up(transaction as unknown as Transaction<unknown>, engine)
  const number = applied + 1
  await transaction
    .insertInto('migrations')
    .values({ number, name: next.name, applied_at: new Date().toISOString() })
    .execute()
  return number
}

async function lastApplied(transaction: Transaction<OwnSchema>, engine: Engine): Promise<number> {
  if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(POSTGRES_LOCK)})`.execute(transaction)
  await transaction.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'text', (column) => column.notNull())
    .execute()
  const { last } = await transaction
    .selectFrom('migrations')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirstOrThrow()
  return last ?? 0
}
