/**
 * The one way in which the audit log gets shorter: from its old end, by age, as the operator's setting says. The database
 * refuses every delete (migration 0003); that is lifted for the one statement, inside its transaction.
 */
import { sql } from 'kysely'
import type { Engine } from '../db/migrate.ts'
import type { Database } from '../db/schema.ts'

const RULE = sql.id('audit_log_no_delete')

export interface OldEntries {
  readonly engine: Engine
  /** ISO. */
  readonly before: string
  readonly limit: number
}

/** Removes the oldest entries, as far as they are older. @returns how many */
export async function removeOldEntries(db: Database, { engine, before, limit }: OldEntries): Promise<number> {
  // Entries are in the order of their numbers; looking at a few costs nothing when there is nothing to do.
  const oldest = await db.selectFrom('audit_log').select(['number', 'at']).orderBy('number').limit(limit).execute()
  const newer = oldest.findIndex(({ at }) => at >= before)
  const old = newer < 0 ? oldest : oldest.slice(0, newer)
  const last = old.at(-1)
  if (last === undefined) return 0
  await db.transaction().execute(async (transaction) => {
    await liftRule(transaction, engine)
    await transaction.deleteFrom('audit_log').where('number', '<=', last.number).execute()
    await restoreRule(transaction, engine)
  })
  return old.length
}

async function liftRule(transaction: Database, engine: Engine): Promise<void> {
  await (engine === 'sqlite' ? sql`drop trigger ${RULE}` : sql`drop rule ${RULE} on audit_log`).execute(transaction)
}

async function restoreRule(transaction: Database, engine: Engine): Promise<void> {
  const statement =
    engine === 'sqlite'
      ? sql`create trigger ${RULE} before delete on audit_log
            begin select raise(abort, 'the audit log is only added to'); end`
      : sql`create rule ${RULE} as on delete to audit_log do instead nothing`
  await statement.execute(transaction)
}

/** Entries there are, or those older than a time. */
export async function countEntries(db: Database, before?: string): Promise<number> {
  const { rows } = await db
    .selectFrom('audit_log')
    .select(({ fn }) => fn.countAll<number | string>().as('rows'))
    .$if(before !== undefined, (query) => query.where('at', '<', before ?? ''))
    .executeTakeFirstOrThrow()
  return Number(rows)
}
