/**
 * Composition root: opens what the server consists of, in order, and closes it in reverse. The only file that knows
 * every part, and besides config.ts the only one that meets the environment.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { loadLanguages } from '@algorist/runner/languages.ts'
import { type GivenLimits, resolveLimits } from '@algorist/runner/limits.ts'
import { createRunner } from '@algorist/runner/runner.ts'
import { type Logger, pino } from 'pino'
import { createLoginGuard } from './accounts/login-guard.ts'
import { authenticateBasic } from './accounts/passwords.ts'
import { keepReadme } from './algorithms/readme.ts'
import { createApp } from './app.ts'
import { filesNamedIn } from './build-environment.ts'
import { createAlgorithmGitHost } from './builds/push.ts'
import { createBuildQueue } from './builds/queue.ts'
import { createAnswerCall } from './calls/answer-call.ts'
import { createCallHandler } from './calls/call-handler.ts'
import { createKeptResults } from './calls/kept-results.ts'
import { createCallLimits } from './calls/limits.ts'
import { createPendingCalls } from './calls/pending.ts'
import { createSampleRun } from './calls/sample.ts'
import { type TraceReceiver, tracing } from './calls/trace.ts'
import { createClosing } from './closing.ts'
import { type Config, readConfig } from './config.ts'
import { createOpenConnectors } from './connectors/open-connectors.ts'
import { openHostedData } from './data/open-hosted-data.ts'
import { createDiskSpace } from './disk-space.ts'
import { withFreePort } from './free-port.ts'
import { createRepositories } from './git/repositories.ts'
import { createAuthenticate } from './http/authenticate.ts'
import { closeServer } from './http/close-server.ts'
import { createEgress } from './http/egress.ts'
import { createPlatformConnections } from './http/platform-connections.ts'
import { sessionCookie } from './http/session-cookie.ts'
import { createInsightCollector } from './insights/collector.ts'
import { createLocalSink } from './insights/sink.ts'
import { nodeForAlgorithms } from './node-location.ts'
import { openState } from './open-state.ts'
import { listenForOperators } from './operator/socket.ts'
import { secretsOf } from './secrets/delivery.ts'
import type { Services } from './services.ts'
import { createKeySet } from './tokens/key-set.ts'
import { createTokens } from './tokens/tokens.ts'

const languagesFolder = resolve(import.meta.dirname, '../../../languages')

/** Asynchronous calls: those that wait are in the database, and few accounts must not take every place. */
const pendingLimits = {
  backlog: { callsPerAccount: 100_000, bytesPerAccount: 1024 ** 3 },
  running: 64,
  runningPerAccount: 16,
}
const keptResultBytesPerAccount = 1024 ** 3

export interface StartedServer {
  readonly url: string
  close(): Promise<void>
}

/** Starts the server; what was opened before a failure is closed again. Rejects with a message for the operator. */
export async function startServer(config: Config, log: Logger): Promise<StartedServer> {
  const closing = createClosing(log)
  try {
    return await open(config, log, closing)
  } catch (error) {
    await closing.closeAll()
    throw error
  }
}

async function open(
  configured: Config,
  log: Logger,
  closing: ReturnType<typeof createClosing>,
): Promise<StartedServer> {
  const config = await withFreePort(configured)
  const state = await openState(config, log, closing)
  const { folder, db, directory, keyRing, sessions, catalog } = state
  const languages = await loadLanguages(languagesFolder)

  const connections = createPlatformConnections()
  const { uidBase } = config.sandbox
  const limits = givenLimits(config)
  const { worker, build } = resolveLimits(limits)
  const data = await openHostedData({ state, config, log, closing })
  const sandboxed = await createRunner({
    home: folder.folders.runner,
    languagesFolder,
    uidBase,
    sandbox: config.sandbox.kind === 'bubblewrap' ? 'bubblewrap' : 'trusted',
    node: await nodeForAlgorithms(),
    buildNetwork: { env: config.builds.environment, files: await filesNamedIn(config.builds.environment) },
    network: config.networks,
    limits,
    gate: connections,
    secretsOf: (spec) => secretsOf(state, spec),
    log: log.child({ part: 'runner' }),
  })
  const insights = createInsightCollector({ catalog, sink: createLocalSink(db), log: log.child({ part: 'insights' }) })
  closing.add('insights', insights.close)
  const traceReceivers: TraceReceiver[] = [insights.receive]
  const runner = tracing(data.sessionSpaces.around(sandboxed), catalog, traceReceivers)
  closing.add('runner', () => runner.close({ graceMs: 0 }))
  if (config.sandbox.kind !== 'bubblewrap')
    log.warn('algorithms run WITHOUT a sandbox: ALGORIST_SANDBOX says trusted code only')

  const repositories = await createRepositories({
    folder: folder.folders.repositories,
    log,
    uidOf: (ownerId) => {
      const owner = directory.byId(ownerId)
      return uidBase === null || !owner ? undefined : uidBase + owner.hostUid
    },
  })
  await repositories.sweep(catalog.ids())
  const disk = await createDiskSpace({
    folders: [folder.path, ...Object.values(folder.folders)],
    limitPercent: config.diskLimitPercent,
    log,
  })
  closing.add('disk space', async () => disk.close())
  const builds = createBuildQueue({
    db,
    log,
    runner,
    catalog,
    directory,
    repositories,
    parallel: config.builds.parallel,
    timeoutMs: config.builds.timeoutMs,
    hasRoom: () => !disk.isFull(),
    onHeadBuild: (algorithmId, commitSha) => keepReadme({ db, catalog, repositories }, algorithmId, commitSha),
    runSample: createSampleRun({ db, catalog, directory, runner }),
  })
  closing.add('builds', builds.close)
  await builds.sweep()

  const results = createKeptResults({ db, log, maxBytesPerAccount: keptResultBytesPerAccount })
  closing.add('kept results', results.close)
  const pendingCalls = createPendingCalls({
    db,
    runner,
    log,
    results,
    limits: { ...pendingLimits, shutdownMs: config.shutdownMs },
  })
  closing.add('asynchronous calls', pendingCalls.close)

  const egress = createEgress({ allow: createAddressSet(config.egress.allow) })
  const connectors = createOpenConnectors({
    ...{ db, secretBox: state.secretBox, egress, dropboxApp: config.dropboxApp },
    log: log.child({ part: 'connectors' }),
    silenceMs: config.storageSilenceMs,
  })
  closing.add('connectors', connectors.close)

  const services: Services = {
    config,
    log,
    db,
    directory,
    keyRing,
    sessions,
    loginGuard: createLoginGuard(),
    mailer: state.mailer,
    secretBox: state.secretBox,
    catalog,
    html: state.html,
    repositories,
    builds,
    pendingCalls,
    runner,
    insights,
    connectors,
    objects: data.objects,
    reclaimer: data.reclaimer,
    sessionSpaces: data.sessionSpaces,
    egress,
    disk,
    workerLimits: worker,
    languages,
  }
  const tokens =
    config.tokens &&
    createTokens({
      services,
      settings: config.tokens,
      keySet: createKeySet({ url: config.tokens.keySetUrl, egress: services.egress, log }),
    })
  const credentials = { keyRing, directory, connections, tokens, url: config.url }
  const browser = { sessions, cookie: sessionCookie(config.url, config.sessionCookie) }
  const authenticate = createAuthenticate({ ...credentials, browser: null })
  const calls = createCallHandler({
    authenticate,
    catalog,
    directory,
    limits: createCallLimits({
      sessionsPerAccount: config.calls.sessionsPerAccount,
      childrenPerSession: config.calls.childCallsPerSession,
    }),
    answerCall: createAnswerCall({ db, runner, pending: pendingCalls, results, disk }),
    maxBodyBytes: config.calls.bodyBytes,
    log,
  })
  const gitHost = createAlgorithmGitHost(services, {
    authenticateBasic: (name, password, address) => authenticateBasic(services, { name, password, address }),
  })
  closing.add('git', async () => gitHost.close())
  let isServing = true
  const app = await createApp({
    services,
    authenticate,
    authenticateManagement: createAuthenticate({ ...credentials, browser }),
    runningCall: ({ socket }) => connections.callOf(socket) ?? undefined,
    calls,
    gitHost,
    status: {
      isServing: () => isServing,
      runner: () => runner.stats(),
      disk,
      limits: { worker, build },
      callsByStatus: calls.callsByStatus,
      hostedData: data.usage,
    },
    tls: config.listen.tls && {
      certificate: await readFile(config.listen.tls.certificatePath),
      key: await readFile(config.listen.tls.keyPath),
    },
  })
  connections.serveWith(app.server)
  await results.open()
  await pendingCalls.recover()
  app.server.listen({ host: config.listen.host, port: config.listen.port })
  await once(app.server, 'listening')
  closing.add('http', async () => {
    isServing = false
    await closeServer(app.server, config.shutdownMs)
    await app.close()
  })
  await folder.announce(config.url)
  const operators = await listenForOperators(folder.operatorSocket, services)
  closing.add('operators', operators.close)
  log.info({ url: config.url, database: state.engine, languages: languages.map(({ id }) => id) }, 'serving')
  await builds.recover()
  return { url: config.url, close: closing.closeAll }
}

function givenLimits({ calls, limits, workers, memoryLimitPercent, diskLimitPercent }: Config): GivenLimits {
  return {
    ...limits,
    memoryPercent: memoryLimitPercent,
    diskPercent: diskLimitPercent,
    ...(workers.perVersion === null ? {} : { workersPerVersion: workers.perVersion }),
    ...(workers.total === null ? {} : { workers: workers.total }),
    idleMs: workers.idleMs,
    waitingCalls: calls.waitingCalls,
    waitingBytes: calls.waitingBytes,
    waitMs: calls.waitingMs,
    answerBytes: calls.resultBytes,
  }
}

/** Runs the server until a signal; a second one ends the process at once. @returns the exit code */
export async function runUntilSignal(): Promise<number> {
  try {
    const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
    const log = pino({ level: config.logLevel })
    const server = await startServer(config, log)
    const signal = await Promise.race(
      ['SIGTERM', 'SIGINT', 'SIGHUP'].map((name) => once(process, name).then(() => name)),
    )
    for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => process.exit(1))
    log.info({ signal }, 'closing')
    await server.close()
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

if (import.meta.main) process.exitCode = await runUntilSignal()
