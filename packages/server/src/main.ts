/**
 * Composition root: opens what the server consists of, in order, and closes it in reverse. The only file that knows
 * every part, and besides config.ts the only one that meets the environment.
 */
import { once } from 'node:events'
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
import { answerWithHold, createRemovalHold, holdingRepositories, holdingRunner } from './backup/removal-hold.ts'
import { HOLD_ADDRESS } from './backup/store-hold.ts'
import { filesNamedIn } from './build-environment.ts'
import { createAlgorithmGitHost } from './builds/push.ts'
import { createBuildQueue } from './builds/queue.ts'
import { createCallLog } from './call-log/call-log.ts'
import { createAnswerCall } from './calls/answer-call.ts'
import { createCallHandler } from './calls/call-handler.ts'
import { createIdempotency } from './calls/idempotency.ts'
import { createKeptResults } from './calls/kept-results.ts'
import { createCallLimits } from './calls/limits.ts'
import { createPendingCalls } from './calls/pending.ts'
import { createSampleRun } from './calls/sample.ts'
import { type TraceReceiver, tracing } from './calls/trace.ts'
import { createClosing } from './closing.ts'
import { type Config, type Environment, readConfig } from './config.ts'
import { createOpenConnectors } from './connectors/open-connectors.ts'
import { openHostedData } from './data/open-hosted-data.ts'
import { openDataFolder } from './data-folder.ts'
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
import { thisInstance } from './instance.ts'
import { nodeForAlgorithms } from './node-location.ts'
import { openState } from './open-state.ts'
import { listenForOperators } from './operator/socket.ts'
import { drain } from './restart/drain.ts'
import { createForward } from './restart/forward.ts'
import { createGate } from './restart/gate.ts'
import { handOver, type NewCode } from './restart/hand-over.ts'
import { DESCRIPTORS } from './restart/messages.ts'
import { notifyReady } from './restart/notify.ts'
import { createOverlap } from './restart/overlap.ts'
import { listenForPeers, type Question } from './restart/peers.ts'
import { heldAgainstRestart, oneAtATime, restartCommand } from './restart/restart-command.ts'
import { meetPredecessor, type Predecessor } from './restart/successor.ts'
import { keepTlsCurrent, readTlsPair } from './restart/tls-reload.ts'
import { createRetention } from './retention/retention.ts'
import { secretsOf } from './secrets/delivery.ts'
import type { Services } from './services.ts'
import { createKeySet } from './tokens/key-set.ts'
import { createTokens } from './tokens/tokens.ts'
import { createUsageCollector } from './usage/collector.ts'
import { countingAccepted, withQuotas } from './usage/quota-gates.ts'
import { createAccountQuotas } from './usage/quotas.ts'

const languagesFolder = resolve(import.meta.dirname, '../../../languages')

/** Asynchronous calls: those that wait are in the database, and few accounts must not take every place. */
const pendingLimits = {
  backlog: { callsPerAccount: 100_000, bytesPerAccount: 1024 ** 3 },
  running: 64,
  runningPerAccount: 16,
}
const keptResultBytesPerAccount = 1024 ** 3
/** Connections that wait while this process is busy, or while one server hands over to another. The kernel may allow less. */
const BACKLOG = 4096

export interface StartedServer {
  readonly url: string
  /** Has a new process take over. @throws Error that says why it did not; this one goes on */
  restart(code: NewCode): Promise<void>
  /** Resolves when another process has taken over and all that was begun here is done. */
  readonly replaced: Promise<void>
  /** Reads the TLS certificate again. */
  reloadTls(): Promise<boolean>
  close(): Promise<void>
}

export interface StartOptions {
  readonly config: Config
  readonly log: Logger
  /** Of this process, and of the one that will follow it. */
  readonly environment: Environment
  /** The server that has started this one to follow it. */
  readonly predecessor: Predecessor | null
}

/** Starts the server; what was opened before a failure is closed again. Rejects with a message for the operator. */
async function startServer(options: StartOptions): Promise<StartedServer> {
  const closing = createClosing(options.log)
  try {
    return await open(options, closing)
  } catch (error) {
    await closing.closeAll()
    throw error
  }
}

async function open(
  { config: configured, log, environment, predecessor }: StartOptions,
  closing: ReturnType<typeof createClosing>,
): Promise<StartedServer> {
  const config = predecessor ? atAddressOf(predecessor, configured) : await withFreePort(configured)
  const folder = await openDataFolder(config.home, { isSuccessor: predecessor !== null })
  closing.add('data folder', folder.close)
  const overlap = await createOverlap({
    ...{ home: config.home, runFolder: folder.folders.run, shutdownMs: config.shutdownMs },
    log: log.child({ part: 'restart' }),
  })
  await predecessor?.prepared()
  const state = await openState({ folder, config, log, closing })
  const { db, directory, keyRing, sessions, catalog } = state
  const languages = await loadLanguages(languagesFolder)

  const connections = createPlatformConnections()
  const { uidBase } = config.sandbox
  const limits = givenLimits(config)
  const { worker, build } = resolveLimits(limits)
  const removals = createRemovalHold({ log: log.child({ part: 'removals' }), isDiskFull: () => disk.isFull() })
  const data = await openHostedData({ state, config, log, closing, removals, inUseSince: overlap.inUseSince })
  const usage = createUsageCollector({ db, directory, catalog, log: log.child({ part: 'usage' }) })
  closing.add('usage', usage.close)
  const quotas = await createAccountQuotas({ db, common: config.quotas })
  const sandboxed = await createRunner({
    home: folder.folders.runner,
    isShared: overlap.isShared,
    languagesFolder,
    uidBase,
    sandbox: config.sandbox.kind === 'bubblewrap' ? 'bubblewrap' : 'trusted',
    node: await nodeForAlgorithms(),
    buildNetwork: { env: config.builds.environment, files: await filesNamedIn(config.builds.environment) },
    network: config.networks,
    limits,
    zygotes: config.workers.templates,
    gate: connections,
    secretsOf: (spec) => secretsOf(state, spec),
    onUnclaimedUsage(spec, rest) {
      usage.receiveRest(spec, rest)
      quotas.receiveRest(spec, rest)
    },
    log: log.child({ part: 'runner' }),
  })
  const insights = createInsightCollector({
    catalog,
    sink: createLocalSink(db, () => !disk.isFull()),
    log: log.child({ part: 'insights' }),
  })
  closing.add('insights', insights.close)
  const callLog = createCallLog({
    ...{ db, catalog, perSecond: config.calls.loggedPerSecond, hasDiskRoom: () => !disk.isFull() },
    log: log.child({ part: 'call log' }),
  })
  closing.add('call log', callLog.close)
  const traceReceivers: TraceReceiver[] = [insights.receive, callLog.receive, usage.receive, quotas.receive]
  const runner = holdingRunner(tracing(data.sessionSpaces.around(sandboxed), catalog, traceReceivers), removals)
  closing.add('runner', () => runner.close({ graceMs: 0 }))
  if (config.sandbox.kind !== 'bubblewrap')
    log.warn('algorithms run WITHOUT a sandbox: ALGORIST_SANDBOX says trusted code only')

  const repositories = holdingRepositories(
    await createRepositories({
      folder: folder.folders.repositories,
      log,
      uidOf: (ownerId) => {
        const owner = directory.byId(ownerId)
        return uidBase === null || !owner ? undefined : uidBase + owner.hostUid
      },
    }),
    removals,
  )
  if (!overlap.isShared) await repositories.sweep(catalog.ids())
  const disk = await createDiskSpace({
    folders: [folder.path, ...Object.values(folder.folders)],
    limitPercent: config.diskLimitPercent,
    log,
  })
  closing.add('disk space', async () => disk.close())
  closing.add('held removals', removals.close)
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
    onChange: async (algorithmId) => {
      if (overlap.isLeaving) await overlap.tellServer({ kind: 'changed', algorithmId })
    },
    onHeadBuild: (algorithmId, commitSha) => keepReadme({ db, catalog, repositories }, algorithmId, commitSha),
    runSample: createSampleRun({ db, catalog, directory, runner }),
  })
  closing.add('builds', builds.close)
  if (!overlap.isShared) await builds.sweep()

  const results = createKeptResults({ db, log, maxBytesPerAccount: keptResultBytesPerAccount })
  closing.add('kept results', results.close)
  const pendingCalls = countingAccepted(
    createPendingCalls({
      db,
      runner,
      catalog,
      log,
      results,
      limits: { ...pendingLimits, shutdownMs: config.shutdownMs },
      others: {
        cancel: (requestId) => overlap.askOthers({ kind: 'cancel', requestId }),
        takeAccepted: () => overlap.tellServer({ kind: 'accepted' }),
      },
    }),
    quotas,
  )
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
    callLog,
    runner,
    insights,
    quotas,
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
  const idempotency = createIdempotency({
    db,
    settledElsewhere: async (key) => void (await overlap.askOthers({ kind: 'settle', key })),
  })
  const calls = createCallHandler({
    authenticate,
    catalog,
    directory,
    limits: withQuotas(
      createCallLimits({
        sessionsPerAccount: config.calls.sessionsPerAccount,
        childrenPerSession: config.calls.childCallsPerSession,
      }),
      quotas,
    ),
    answerCall: createAnswerCall({ db, runner, pending: pendingCalls, results, disk, idempotency }),
    maxBodyBytes: config.calls.bodyBytes,
    log,
  })
  const gitHost = createAlgorithmGitHost(services, {
    authenticateBasic: (name, password, address) => authenticateBasic(services, { name, password, address }),
  })
  closing.add('git', async () => gitHost.close())
  let isHandingOver = false
  const retention = createRetention({
    ...{ db, engine: state.engine, catalog, repositories, runner, disk, results, policy: config.retention },
    log: log.child({ part: 'retention' }),
    isPushing: gitHost.isPushing,
    removals,
    // Another server on this data folder would not learn of builds that are collected here.
    isPaused: () => isHandingOver || overlap.isLeaving || overlap.living().size > 0,
  })
  closing.add('retention', retention.close)
  let isServing = true
  const gate = createGate({ isOwn: ({ socket }) => connections.isOfWorker(socket) })
  const tlsFiles = config.listen.tls
  const tlsPair = tlsFiles && (await readTlsPair(tlsFiles))
  const app = await createApp({
    services,
    authenticate,
    authenticateManagement: createAuthenticate({ ...credentials, browser }),
    runningCall: async ({ socket }) => (await connections.callOf(socket)) ?? undefined,
    calls,
    gitHost,
    status: {
      isServing: () => isServing,
      runner: () => runner.stats(),
      templates: () => runner.templates(),
      disk,
      limits: { worker, build },
      callsByStatus: calls.callsByStatus,
      callLog: callLog.counts,
      hostedData: data.usage,
      retention,
    },
    tls: tlsPair,
    gate,
  })
  connections.serveWith(app.server)
  const tls = tlsFiles && tlsPair && keepTlsCurrent({ server: app.server, files: tlsFiles, pair: tlsPair, log })
  closing.add('tls', async () => tls?.close())
  await results.open()

  const stopped = new AbortController()
  const answerPeer = async (question: Question): Promise<boolean> => {
    if (question.kind === 'changed') await catalog.refresh(question.algorithmId)
    if (question.kind === 'accepted') await pendingCalls.recover(overlap.living())
    if (question.kind === 'cancel') return pendingCalls.cancel(question.requestId)
    if (question.kind === 'settle') await idempotency.settled(question.key)
    if (question.kind === 'stop') stopped.abort()
    return true
  }
  const peers = await listenForPeers({
    folder: folder.folders.run,
    answer: answerPeer,
    onRequest: (request, response) => void app.server.emit('request', request, response),
  })
  closing.add('other servers', peers.close)
  await predecessor?.ready(thisInstance.id)
  // Those that the predecessor has not begun come once it has left.
  if (!predecessor) await pendingCalls.recover(overlap.living())
  app.server.listen(
    predecessor
      ? { fd: DESCRIPTORS.listening }
      : { host: config.listen.host, port: config.listen.port, backlog: BACKLOG },
  )
  await once(app.server, 'listening')
  closing.add('http', async () => {
    isServing = false
    callLog.tail.close()
    await closeServer(app.server, config.shutdownMs)
    await app.close()
  })
  closing.add('servers before this one', overlap.close)

  const closed = new AbortController()
  const replaced = Promise.withResolvers<void>()
  const restart = oneAtATime(async (code: NewCode): Promise<void> => {
    isHandingOver = true
    await handOver(code, {
      ...{ server: app.server, gate, folder, url: config.url, environment, log, readyMs: config.restart.readyMs },
      signal: closed.signal,
      async onLeft() {
        overlap.leave()
        gate.passOn(createForward(overlap.serverPath))
        // Who follows the log comes back to the other server.
        callLog.tail.close()
        await pendingCalls.leave()
      },
    }).finally(() => {
      isHandingOver = false
    })
    const isBusy = () => pendingCalls.isBusy() || builds.isBusy() || runner.stats().busyWorkers > 0
    void drain({ server: app.server, isBusy, timeoutMs: config.restart.drainMs, signal: stopped.signal }).then(
      replaced.resolve,
      replaced.reject,
    )
  })
  const operators = await listenForOperators(
    folder.operatorSocket,
    { ...services, retention, storage: async () => services },
    {
      [HOLD_ADDRESS]: heldAgainstRestart(
        gate,
        answerWithHold(removals, () => overlap.living().size === 0),
      ),
    },
    restartCommand({ gate, restart, operatorSocket: folder.operatorSocket }),
  )
  closing.add('operators', operators.close)
  await folder.announce(config.url)
  if (predecessor) {
    await predecessor.serving()
    await folder.takeOver()
    await pendingCalls.recover(overlap.living())
  }
  await notifyReady(environment.NOTIFY_SOCKET, log)
  log.info({ url: config.url, database: state.engine, languages: languages.map(({ id }) => id) }, 'serving')
  if (overlap.isShared) {
    overlap.follow(async (living) => {
      await pendingCalls.recover(living)
      await builds.learnOf(thisInstance.startedAt)
      if (living.size === 0) await builds.recover()
    })
  } else await builds.recover()
  return {
    url: config.url,
    restart,
    replaced: replaced.promise,
    reloadTls: async () => (await tls?.reload()) ?? false,
    close() {
      closed.abort()
      return closing.closeAll()
    },
  }
}

/** Where the server is that this one follows, whatever the settings say of the port. */
function atAddressOf({ url, port }: Predecessor, config: Config): Config {
  return { ...config, url: config.isUrlDerived ? url : config.url, listen: { ...config.listen, port } }
}

function givenLimits({ calls, limits, workers, memoryLimitPercent, diskLimitPercent }: Config): GivenLimits {
  return {
    ...limits,
    memoryPercent: memoryLimitPercent,
    diskPercent: diskLimitPercent,
    ...(workers.perVersion === null ? {} : { workersPerVersion: workers.perVersion }),
    ...(workers.total === null ? {} : { workers: workers.total }),
    ...(workers.perAccount === null ? {} : { workersPerAccount: workers.perAccount }),
    idleMs: workers.idleMs,
    readyForks: workers.readyForks,
    waitingCalls: calls.waitingCalls,
    waitingBytes: calls.waitingBytes,
    waitMs: calls.waitingMs,
    answerBytes: calls.resultBytes,
  }
}

/**
 * Runs the server until a signal ends it or another one has followed it; a second signal ends the process at once. SIGHUP
 * has it read its TLS certificate again, SIGUSR2 has the code that is on disk now follow it.
 *
 * @returns the exit code
 */
export async function runUntilSignal(): Promise<number> {
  let predecessor: Predecessor | null = null
  try {
    predecessor = await meetPredecessor(process.argv)
    const environment = process.env
    const config = readConfig(environment, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
    const log = pino({ level: config.logLevel })
    const server = await startServer({ config, log, environment, predecessor })
    process.on('SIGHUP', () => void server.reloadTls())
    // Why it did not work is in the log.
    process.on('SIGUSR2', () => void server.restart(ownCode).catch(() => {}))
    const signals = ['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name))
    const reason = await Promise.race([...signals, server.replaced.then(() => 'replaced')])
    for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => process.exit(1))
    log.info({ reason }, 'closing')
    await server.close()
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    predecessor?.failed(message)
    process.stderr.write(`${message}\n`)
    return 1
  }
}

const ownCode: NewCode = { node: process.execPath, main: import.meta.filename }

if (import.meta.main) process.exitCode = await runUntilSignal()
