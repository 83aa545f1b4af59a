/** What became of an import, as the rows of a table: first what came, then what has to be done by hand. */
import { formatVersion } from '@algorist/contract/version.ts'
import { type BuildRow, logOfBuild } from '../builds/records.ts'
import type { Services } from '../services.ts'
import type { Imported } from './import.ts'

export interface ReportUses extends Pick<Services, 'db'> {
  readonly builds: Pick<Services['builds'], 'waitFor'>
}

export interface ReportRow extends Readonly<Record<string, string>> {
  readonly what: string
  readonly name: string
  readonly result: string
  readonly note: string
}

/** Waits for the builds. */
export async function reportOf(uses: ReportUses, imported: Imported): Promise<ReportRow[]> {
  const { inventory, plan, appeared } = imported
  const { account } = inventory
  const renamed = plan.name === account.name ? '' : `was ${account.name}`
  const { count, bytes } = inventory.files
  return [
    row(account.kind, plan.name, 'imported', renamed),
    ...(await versionRows(uses, imported)),
    row('files', String(count), 'imported', `${bytes} bytes in ${inventory.collections.length} collections`),
    ...plan.keys.map(({ label, mask }) => row('key', label, 'works', mask)),
    ...appeared.members.map(({ userId, role }) => memberRow(imported, userId, role)),
    ...plan.absent.map(({ name, email, role }) =>
      row('member', name, 'absent', `was ${role}; nobody here has ${email}`),
    ),
    ...plan.lostKeys.map(({ label, mask }) => row('key', label, 'left out', `${mask} was given to somebody absent`)),
    ...inventory.connectors.map(({ protocol, label, path, writeable }) =>
      row('connector', `${protocol}+${label}`, 'left out', `make it anew for ${path}${writeable ? ', to write' : ''}`),
    ),
    ...inventory.secrets.map(({ algorithm, secret_key }) =>
      row('secret', [algorithm, secret_key].filter(Boolean).join('/'), 'left out', 'give its value anew'),
    ),
  ]
}

/** What became of versions whose builds were begun again. */
export async function rebuildReport(
  uses: ReportUses,
  rows: readonly (BuildRow & { readonly algorithm: string; readonly version: string })[],
): Promise<ReportRow[]> {
  const reported: ReportRow[] = []
  for (const { id, algorithm, version } of rows) {
    const { result, note } = await endOf(uses, id)
    reported.push(row('version', `${algorithm} ${version}`, result, note))
  }
  return reported
}

function row(what: string, name: string, result: string, note = ''): ReportRow {
  return { what, name, result, note: note.replace(/[^\x20-\x7e\xa0-\uffff]/g, ' ').slice(0, 300) }
}

function memberRow({ plan }: Imported, userId: string, role: string): ReportRow {
  const member = plan.members.find((each) => each.userId === userId)
  if (member) return row('member', member.name, 'joined', role)
  return row('member', 'the administrator', 'joined', 'as owner: no owner of the organization is here')
}

async function versionRows(uses: ReportUses, { inventory, plan }: Imported): Promise<ReportRow[]> {
  const rows: ReportRow[] = []
  for (const { name, builds, versions } of inventory.algorithms) {
    rows.push(row('algorithm', name, 'imported', `${versions.length} versions`))
    for (const build of builds) {
      const version = versions.find(({ build_id }) => build_id === build.id)
      const called = version ? formatVersion(version) : build.commit
      const { result, note } = await endOf(uses, plan.idOf(build.id))
      rows.push(row(version ? 'version' : 'build', `${name} ${called}`, result, note))
    }
  }
  return rows
}

async function endOf({ db, builds }: ReportUses, buildId: string): Promise<{ result: string; note?: string }> {
  const build = await builds.waitFor(buildId).catch(() => undefined)
  if (build?.status === 'succeeded') return { result: 'ready' }
  if (build?.status !== 'failed') return { result: 'waiting', note: 'is built when the server runs' }
  const lines = ((await logOfBuild(db, buildId)) ?? '').trim().split('\n')
  return { result: 'failed', note: lines.at(-1) ?? '' }
}
