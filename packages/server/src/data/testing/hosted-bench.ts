/** Hosted data on a real database and real files, without HTTP, for tests. Not part of the server. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'
import type { CallIdentity, CallRights } from '@algorist/runner/types.ts'
import { pino } from 'pino'
import { createUser } from '../../accounts/accounts.ts'
import { createAccountDirectory } from '../../accounts/directory.ts'
import { createCatalog } from '../../algorithms/catalog.ts'
import { insertAlgorithm } from '../../algorithms/queries.ts'
import { initialSettings } from '../../algorithms/settings.ts'
import { type AccountEntry, type Caller, FULL_RIGHTS, type KeyRights } from '../../caller.ts'
import type { Database } from '../../db/schema.ts'
import type { Driver } from '../../drivers/driver.ts'
import { createFilesystemDriver } from '../../drivers/filesystem.ts'
import { createOrganization } from '../../organizations/organizations.ts'
import { createHostedPlace, type HostedUses } from '../hosted-place.ts'
import { createObjects } from '../objects.ts'
import type { DataPlace } from '../place.ts'
import type { DataLimits } from '../quota.ts'
import { createReclaimer } from '../reclaimer.ts'
import { createSessionSpaces } from '../session-space.ts'

export interface HostedBench {
  readonly services: HostedUses
  /** Lines of the log at level `error`. */
  readonly errors: string[]
  /** Folder of the objects, unless another driver was given. */
  readonly folder: string
  account(name: string): AccountEntry
  callerOf(name: string): Caller
  /** Data as a key of that account sees it. */
  as(name: string, rights?: Partial<KeyRights>): DataPlace
  /** Data as a run of `algorithmId` sees it, called by `name`. */
  inRun(name: string, algorithmId: string, change?: Partial<CallIdentity>): DataPlace
  /** A private algorithm without code. @returns its id */
  addAlgorithm(owner: string, name: string): Promise<string>
  /** Ids of all objects in the storage, once what is done in the background is done. */
  objectIds(): Promise<string[]>
  usage(name: string): Promise<{ bytes: number; files: number }>
}

const NO_LIMITS: DataLimits = { bytesPerAccount: null, fileBytes: null }
const NO_QUOTAS = { callsPerDay: null, cpuSecondsPerDay: null, dataBytes: null }
const CALL_RIGHTS: CallRights = { algorithms: ['*'], dataRead: true, dataWrite: true }

/**
 * Opens one. `ann`, `bob`, `cy` and `ed` are users; `acme` is an organization of ann (owner), cy (member) and ed (executor).
 */
export async function openHostedBench(
  db: Database,
  { driver, ...limits }: Partial<DataLimits> & { readonly driver?: Driver } = {},
): Promise<HostedBench> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-hosted-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const errors: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void errors.push(line) })
  const directory = await createAccountDirectory(db)
  await createAccounts(db, directory)
  const objects = createObjects({ driver: driver ?? (await createFilesystemDriver({ folder })), log })
  const reclaimer = createReclaimer({ db, objects, log })
  const services: HostedUses = {
    db,
    log,
    directory,
    catalog: await createCatalog(db),
    objects,
    reclaimer,
    sessionSpaces: createSessionSpaces(reclaimer.retireSoon),
    disk: { requireRoom: () => {} },
    config: { data: { ...NO_LIMITS, ...limits } },
    quotas: { limitsOf: () => ({ ...NO_QUOTAS, dataBytes: limits.bytesPerAccount ?? null }) },
  }

  function account(name: string): AccountEntry {
    const found = directory.byName(name)
    if (!found) throw new Error(`there is no ${name}`)
    return found
  }

  function callerOf(name: string, rights: Partial<KeyRights> = {}): Caller {
    return { kind: 'key', login: 'key', keyId: 'k', rights: { ...FULL_RIGHTS, ...rights }, account: account(name) }
  }

  return {
    services,
    errors,
    folder,
    account,
    callerOf,
    as: (name, rights) => createHostedPlace(services, callerOf(name, rights)),
    inRun(name, algorithmId, change = {}) {
      const caller: Caller = { kind: 'algorithm', account: account(name), call: identity(name, algorithmId, change) }
      return createHostedPlace(services, caller)
    },
    async addAlgorithm(owner, name) {
      const id = randomUUID()
      const part = { details: { label: name, summary: '', tagline: '' }, settings: initialSettings, sampleInput: null }
      const algorithm = { id, ownerId: account(owner).id, name, language: 'python3', environmentId: '', ...part }
      await insertAlgorithm(db, algorithm, account(owner).id)
      await services.catalog.refresh(id)
      return id
    },
    async objectIds() {
      await reclaimer.idle()
      await objects.idle()
      const ids: string[] = []
      for await (const page of objects.pages(new AbortController().signal))
        ids.push(...page.objects.map(({ id }) => id))
      return ids
    },
    async usage(name) {
      const { id } = account(name)
      const row = await db.selectFrom('data_usage').selectAll().where('owner_id', '=', id).executeTakeFirst()
      return { bytes: row?.bytes ?? 0, files: row?.files ?? 0 }
    },
  }

  function identity(name: string, algorithmId: string, change: Partial<CallIdentity>): CallIdentity {
    const requestId = `req-${randomUUID()}`
    return {
      requestId,
      sessionId: requestId,
      callerId: account(name).id,
      algorithmId,
      algorithmOwnerId: services.catalog.byId(algorithmId)?.ownerId ?? '',
      buildId: randomUUID(),
      rights: CALL_RIGHTS,
      mayCallAlgorithms: true,
      depth: 0,
      deadlineAtMs: Date.now() + 60_000,
      ...change,
    }
  }
}

async function createAccounts(db: Database, directory: HostedUses['directory']): Promise<void> {
  const services = { db, directory }
  for (const username of ['ann', 'bob', 'cy', 'ed']) {
    await createUser(services, { username, email: `${username}@example.com` })
  }
  const ann = directory.byName('ann')
  if (!ann) throw new Error('there is no ann')
  const contact = { org_label: 'Acme', org_contact_name: 'ann', org_email: 'acme@example.com' }
  const admin = { kind: 'admin', account: ann, keyId: 'k' } as const
  const { row } = await createOrganization(services, admin, { org_name: 'acme', ...contact })
  directory.putMember(row.id, directory.byName('cy')?.id ?? '', 'member')
  directory.putMember(row.id, directory.byName('ed')?.id ?? '', 'executor')
}

/** A body of these pieces. */
export async function* bodyOf(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece)
}

/** The content of a file. @throws what the place throws */
export async function contentOf(place: DataPlace, path: string): Promise<string> {
  const found = await place.find(path)
  if (found.kind !== 'file') throw new Error(`${path} is a directory`)
  return text(await found.read())
}

/** All entries of a directory. */
export async function namesIn(place: DataPlace, path: string): Promise<string[]> {
  const found = await place.find(path)
  if (found.kind !== 'directory') throw new Error(`${path} is a file`)
  const names: string[] = []
  let marker: string | undefined
  do {
    const page = await found.list(marker)
    names.push(...page.folders, ...page.files.map(({ name }) => name))
    marker = page.marker
  } while (marker !== undefined)
  return names
}
