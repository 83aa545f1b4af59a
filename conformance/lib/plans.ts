/** What the engines say of how they read people: by their plans, and PostgreSQL by its counters of what really was read. */
import type { Engine, FilledDatabase } from './databases.ts'
import { keyOf, organizationName, userName } from './many-people.ts'

const TABLES = ['accounts', 'organization_members', 'api_keys']

/** The statements of lists and of what ends keys, as the server sends them. */
function statements(database: FilledDatabase): readonly string[] {
  const idOf = (name: string) => database.query(`select id from accounts where name = '${name}'`)[0] ?? ''
  const [user, organization] = [idOf(userName(1)), idOf(organizationName(0))]
  const page = (kind: string, after: string) =>
    `select * from accounts where kind = '${kind}' and deleted_at is null and name_lower > '${after}' order by name_lower limit 51`
  const owners = (ids: string) =>
    `select organization_id, user_id from organization_members where organization_id in (${ids}) and role = 'owner'`
  return [
    page('user', ''),
    page('user', userName(70_000).toLowerCase()),
    page('organization', ''),
    page('organization', organizationName(9_990).toLowerCase()),
    owners(`'${organization}'`),
    `select * from accounts where id = '${user}'`,
    `select id from accounts where kind = 'user' and email_lower = 'new1@example.com'`,
    `select * from accounts where external_id = 'someone'`,
    `select organization_id from organization_members where user_id = '${user}' and role = 'owner' order by organization_id`,
    `select * from api_keys where account_id = '${user}' order by created_at, id`,
    `select * from api_keys where id = '${keyOf(1).id}' and account_id = '${user}'`,
    `delete from api_keys where account_id = '${user}' and assignee_id = '${user}'`,
    `delete from api_keys where assignee_id = '${user}'`,
    `delete from organization_members where user_id = '${user}'`,
    `select coalesce(max(host_uid), -1) + 1 from accounts`,
  ]
}

/** Explains each. @returns those that read a whole table, with their plans */
export function explainAll(database: FilledDatabase, engine: Engine): string[] {
  const [explain, whole] =
    engine === 'sqlite' ? ['explain query plan', /\|SCAN (?!.* USING )/] : ['explain', /Seq Scan/]
  return statements(database).flatMap((statement) => {
    const plan = database.query(`${explain} ${statement}`)
    return plan.some((line) => whole.test(line))
      ? [`${engine} reads a whole table: ${statement}\n${plan.join('\n')}`]
      : []
  })
}

/** How often each table was read from begin to end so far, told by PostgreSQL alone; sessions count when they have ended. */
export function wholeReads(database: FilledDatabase, engine: Engine): ReadonlyMap<string, number> {
  if (engine === 'sqlite') return new Map()
  const names = TABLES.map((name) => `'${name}'`).join()
  const lines = database.query(`select relname, seq_scan from pg_stat_user_tables where relname in (${names})`)
  return new Map(lines.map((line) => line.split('|')).map(([name = '', reads]) => [name, Number(reads)]))
}
