/** One run: sets the platform up, then round after round works, crashes, starts again and judges. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from '../lib/algorithms.ts'
import type { Target } from '../lib/server.ts'
import { type Author, createAuthor } from './author.ts'
import { findStrayFiles, readTables } from './data-folder.ts'
import { createHistory } from './history.ts'
import { createKeeper } from './keeper.ts'
import { createLaterCaller, MARK, WITNESS } from './later-calls.ts'
import type { Kind } from './machine.ts'
import { createMachine } from './machine.ts'
import { createModel } from './model.ts'
import { callVersions, type Observer, observe, waitUntilSettled } from './observe.ts'
import { createRandom } from './random.ts'
import { createRegistrar } from './registrar.ts'
import { launchServer, type Server } from './server.ts'
import { findStrayObjects } from './stored-objects.ts'
import type { Uptime } from './uptime.ts'

export interface RunOptions {
  readonly kind: Kind
  readonly seed: number
  readonly rounds: number
  /** Empty; the data folder, the history and the server's log go below it. */
  readonly folder: string
  /** Told about each round. */
  print(line: string): void
}

interface Client {
  work(uptime: Uptime): Promise<void>
}

const AUTHORS = 3
const LATER_CALLERS = 2
/** Clients that keep files: whose they are, and in which collections. The first two change the data of one owner at once. */
const KEEPERS = [
  { author: 0, names: ['Red', 'Blue'] },
  { author: 0, names: ['Green'] },
  { author: 1, names: ['Grey', 'White'] },
]
const CALLABLE_SOURCE = 'def apply(input):\n    return "called"\n'
/** Longer than a start takes. */
const LONGEST_START_MS = 2500
/** Nobody may be asking. */
const LONGEST_WAIT_FOR_ANSWER_MS = 2000
/** Older versions that are called again in each round, besides those that are new. */
const SAMPLED_VERSIONS = 3
/** Of the history, shown with a violation. */
const LINES_AROUND = 12

/** @returns the violations of the first round that has any */
export async function run({ kind, seed, rounds, folder, print }: RunOptions): Promise<string[]> {
  const random = createRandom(seed)
  const history = createHistory(join(folder, 'history.jsonl'))
  const logFile = join(folder, 'server.log')
  const machine = await createMachine(kind, folder, `data-${kind}-${process.pid}-${seed}`)
  const { home } = machine
  const model = createModel(history)
  const laterCallers = Array.from({ length: LATER_CALLERS }, () =>
    createLaterCaller({ history, random: random.branch() }),
  )
  let serverProcess = launchServer({ home, logFile })
  const violations: string[] = []
  let crashes = 0

  try {
    await playRounds()
  } catch (error) {
    violations.push(`the run broke off: ${error instanceof Error ? error.stack : error}`)
  } finally {
    await serverProcess.kill()
    if (violations.length > 0) await machine.keep()
    await machine.close()
    history.close()
  }
  return violations.flatMap((violation) => [
    violation,
    ...history.around(subjectOf(violation), LINES_AROUND).map((line) => `    ${line}`),
  ])

  async function playRounds(): Promise<void> {
    await crashWhileStarting()
    let server = await startAgain()
    const { authors, callable } = await setUp(server)
    const registrar = createRegistrar({ username: authors[0]?.username ?? '', model, random: random.branch() })
    const keepers = KEEPERS.flatMap(({ author, names }) => createKeeperFor(authors[author], names))
    const clients = [...authors, registrar, ...keepers, ...laterCallers]
    for (let round = 1; round <= rounds && violations.length === 0; round++) {
      history.write('round', { round })
      const before = new Set(model.facts.keys())
      const alone = random.pick([
        [7, undefined],
        [2, authors[0]],
        [1, keepers[0]],
      ])
      await workUntilCrash(server, alone ? [alone] : clients)
      server = await startAgain()
      await judge({ server, home, authors, callable }, before)
      print(`${kind} round ${round}: ${summary()}`)
    }
  }

  function createKeeperFor(author: Author | undefined, names: readonly string[]): Client[] {
    return author ? [createKeeper({ ...author, names, model, random: random.branch() })] : []
  }

  function summary(): string {
    const { begun, unanswered } = model.counts()
    const calls = laterCallers.reduce((sum, caller) => sum + caller.count(), 0)
    const done = `${begun} operations (${unanswered} unanswered), ${calls} calls that run later, ${crashes} crashes`
    return `${done}, ${model.facts.size} facts, ${violations.length} violations`
  }

  /** Facts about what is made here are not followed, except for the users' own algorithms. */
  async function setUp(server: Server): Promise<{ authors: Author[]; callable: string }> {
    const target: Target = { url: server.url, ...server.admin, home, pid: serverProcess.pid, close: async () => {} }
    const admin = server.admin
    const install = async (name: string, source: string) => {
      const { shop } = await createAlgorithm(target, admin, { name, language: 'python3' })
      await pushGreen(shop, { [`src/${name}.py`]: source, 'requirements.txt': '' })
      await publish(shop, { settings: { algorithm_callability: 'public' } })
    }
    await Promise.all([install('Witness', WITNESS), install('Mark', MARK), install('Echo', CALLABLE_SOURCE)])
    const authors: Author[] = []
    for (let index = 0; index < AUTHORS; index++) {
      const { username, key } = await createAccount(target, 'author')
      await mkdir(join(folder, 'clones', username), { recursive: true })
      authors.push(createAuthor({ username, key, model, random: random.branch(), folder: join(folder, 'clones') }))
    }
    return { authors, callable: `${admin.username}/Echo` }
  }

  async function workUntilCrash(server: Server, clients: readonly Client[]): Promise<void> {
    let isUp = true
    const uptime: Uptime = { server, isUp: () => isUp, fail: (violation) => violations.push(violation) }
    const working = Promise.all(clients.map((client) => client.work(uptime)))
    await delay(random.between(300, 4000))
    // What was just answered is the least likely to be on the disk, unless somebody else had it written, too.
    if (random.fraction() < 0.5) await Promise.race([model.nextAnswer(), delay(LONGEST_WAIT_FOR_ANSWER_MS)])
    history.write('crash', { kind })
    crashes++
    const left = await machine.crash(serverProcess, () => {
      isUp = false
      if (kind === 'power') freeze()
    })
    violations.push(...left)
    await working
  }

  /** What is answered after the power cut may not be on the disk; what a killed server has answered is. */
  function freeze(): void {
    model.freeze()
    for (const caller of laterCallers) caller.freeze()
  }

  /** Four times in ten the machine is lost once more, and then perhaps again, while the server starts and recovers. */
  async function startAgain(): Promise<Server> {
    for (;;) {
      serverProcess = launchServer({ home, logFile })
      if (random.fraction() >= 0.4) return serverProcess.waitUntilHealthy()
      await crashWhileStarting()
    }
  }

  async function crashWhileStarting(): Promise<void> {
    await delay(random.below(LONGEST_START_MS))
    history.write('crash', { kind, during: 'start' })
    crashes++
    violations.push(...(await machine.crash(serverProcess, () => {})))
  }

  async function judge(observer: Observer, before: ReadonlySet<string>): Promise<void> {
    violations.push(...(await waitUntilSettled(observer)))
    const tables = readTables(home)
    violations.push(...tables.damage, ...(await findStrayFiles(home, tables)), ...(await findStrayObjects(home)))
    const observed = await observe(observer, model.names())
    violations.push(...model.judge(observed))
    for (const caller of laterCallers) violations.push(...(await caller.judge(observer.server, tables.failedCalls)))
    violations.push(...(await callVersions(observer, versionsToCall(observed, before))))
  }

  function versionsToCall(observed: ReadonlyMap<string, string>, before: ReadonlySet<string>): Map<string, string> {
    const versions = [...observed].filter(([fact]) => fact.startsWith('version/'))
    const older = versions.filter(([fact]) => before.has(fact))
    const sampled = Array.from(
      { length: Math.min(SAMPLED_VERSIONS, older.length) },
      () => older[random.below(older.length)],
    )
    return new Map([
      ...versions.filter(([fact]) => !before.has(fact)),
      ...sampled.filter((version) => version !== undefined),
    ])
  }
}

/** What the history calls the thing that a violation is about. */
function subjectOf(violation: string): string {
  const data = violation.match(/\b(?:collection|file)\/(\w+\/[^:]+)/)?.[1]
  const algorithm = violation.match(/\b(?:algorithm|head|ref|built|build|version)\/(\w+\/\w+)/)?.[1]
  const other = violation.match(/token-\d+-\d+|(?:user|key|organization)\/\w+|req-[0-9a-f-]{36}|[0-9a-f-]{36}/)?.[0]
  return data ?? algorithm ?? other ?? violation
}
