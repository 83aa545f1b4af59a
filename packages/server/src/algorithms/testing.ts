/**
 * A server without HTTP for tests of algorithms, builds and versions: real database, git, runner and sandbox. Not part
 * of the server.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { languagesHere, loadLanguages } from '@algorist/runner/languages.ts'
import { resolveLimits } from '@algorist/runner/limits.ts'
import { createRunner } from '@algorist/runner/runner.ts'
import { pino } from 'pino'
import { createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createBuildQueue } from '../builds/queue.ts'
import { type Caller, FULL_RIGHTS } from '../caller.ts'
import { createSampleRun } from '../calls/sample.ts'
import type { Database } from '../db/schema.ts'
import { createRepositories } from '../git/repositories.ts'
import { nodeForAlgorithms } from '../node-location.ts'
import { addMember } from '../organizations/members.ts'
import { createOrganization } from '../organizations/organizations.ts'
import { createSecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import { createCatalog } from './catalog.ts'
import { keepReadme } from './readme.ts'

export type Workshop = Pick<
  Services,
  | 'log'
  | 'db'
  | 'directory'
  | 'catalog'
  | 'repositories'
  | 'builds'
  | 'runner'
  | 'disk'
  | 'workerLimits'
  | 'warmWorkersPerAccount'
  | 'languages'
  | 'lackingLanguages'
  | 'secretBox'
>

export interface OpenWorkshop {
  readonly services: Workshop
  /** `ann` owns things, `bob` is a stranger, `acme` is an organization of `ann` (owner) and `cy` (member). */
  readonly callers: Readonly<Record<'ann' | 'bob' | 'cy', Caller>>
  /** What the server believes of its disk. */
  readonly disk: { isFull: boolean }
  /** Ends everything but the database and the folder, as a restart does, and opens it again. */
  restart(): Promise<Workshop>
  close(): Promise<void>
}

const languagesFolder = resolve(import.meta.dirname, '../../../../languages')
const uidBase = process.getuid?.() === 0 ? 230_000 : null

/** Opens one on a new database. */
export async function openWorkshop(db: Database): Promise<OpenWorkshop> {
  const home = await mkdtemp(join(tmpdir(), 'algorist-workshop-'))
  await chmod(home, 0o711)
  await createAccounts(db)
  const disk = { isFull: false }
  let services = await openServices(db, home, disk)
  const caller = (name: string): Caller => {
    const account = services.directory.byName(name)
    if (!account) throw new Error(`there is no ${name}`)
    return { kind: 'key', login: 'key', account, keyId: 'k', rights: FULL_RIGHTS }
  }
  const end = async () => {
    await services.builds.close()
    await services.runner.close({ graceMs: 0 })
  }
  return {
    get services() {
      return services
    },
    disk,
    callers: { ann: caller('ann'), bob: caller('bob'), cy: caller('cy') },
    async restart() {
      await end()
      services = await openServices(db, home, disk)
      return services
    },
    async close() {
      await end()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function createAccounts(db: Database): Promise<void> {
  const services = { db, directory: await createAccountDirectory(db) }
  for (const username of ['ann', 'bob', 'cy'])
    await createUser(services, { username, email: `${username}@example.com` })
  const account = services.directory.byName('ann')
  if (!account) throw new Error('there is no ann')
  const admin = { kind: 'admin', account, keyId: 'k' } as const
  const contact = { org_label: 'Acme', org_contact_name: 'ann', org_email: 'acme@example.com' }
  await createOrganization(services, admin, { org_name: 'acme', ...contact })
  await addMember(services, admin, { organization: 'acme', user: 'cy' })
}

async function openServices(db: Database, home: string, state: OpenWorkshop['disk']): Promise<Workshop> {
  const log = pino({ level: 'silent' })
  const [directory, catalog, found] = await Promise.all([
    createAccountDirectory(db),
    createCatalog(db),
    loadLanguages(languagesFolder),
  ])
  const { usable: languages, lacking: lackingLanguages } = languagesHere(found)
  const runner = await createRunner({
    home: join(home, 'runner'),
    languagesFolder,
    uidBase,
    sandbox: 'bubblewrap',
    node: await nodeForAlgorithms(),
    buildNetwork: { env: {}, files: [] },
    gate: { accept: (connection) => connection.destroy() },
    log,
  })
  const repositories = await createRepositories({
    folder: join(home, 'git'),
    log,
    uidOf: (ownerId) => (uidBase === null ? undefined : uidBase + (directory.byId(ownerId)?.hostUid ?? 0)),
  })
  const builds = createBuildQueue({
    stopElsewhere: async () => false,
    ...{ db, log, runner, catalog, directory, repositories, parallel: 2, timeoutMs: 60_000 },
    hasRoom: () => !state.isFull,
    runSample: createSampleRun({ db, catalog, directory, runner }),
    onHeadBuild: (algorithmId, commitSha) => keepReadme({ db, catalog, repositories }, algorithmId, commitSha),
  })
  const disk = { requireRoom: () => {} }
  const workerLimits = resolveLimits().worker
  const secretBox = createSecretBox(Buffer.alloc(32))
  return {
    log,
    db,
    directory,
    catalog,
    repositories,
    builds,
    runner,
    disk,
    workerLimits,
    warmWorkersPerAccount: 4,
    languages,
    lackingLanguages,
    secretBox,
  }
}
