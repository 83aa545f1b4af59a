/**
 * How the server is put together: its parts, in the order in which they open. Each registers how it is closed, and all close
 * in reverse (closing.ts). What one part consists of is in the file that opens it.
 */
import { type Closing, createClosing } from '../closing.ts'
import { openHostedData } from '../data/open-hosted-data.ts'
import type { NewCode } from '../restart/hand-over.ts'
import { keepWarmWorkers } from '../warm/keep-warm.ts'
import { gatherServices, type Parts } from './gather-services.ts'
import { openBuilds, openGitHost } from './open-builds.ts'
import { openCalls } from './open-calls.ts'
import { openGround, type StartOptions } from './open-ground.ts'
import { HTTP, openHttp } from './open-http.ts'
import { openOutgoing } from './open-outgoing.ts'
import { openRecords } from './open-records.ts'
import { openRetention } from './open-retention.ts'
import { openRunner, tryRunner } from './open-runner.ts'
import { openState } from './open-state.ts'
import { releaseStartMemory } from './release-start-memory.ts'
import { serve, takeUp } from './serve.ts'
import { createSuccession } from './succession.ts'

export interface StartedServer {
  readonly url: string
  /** Has a new process take over. @throws Error that says why it did not; this one goes on */
  restart(code: NewCode): Promise<void>
  /** Resolves when another process has taken over and all that was begun here is done. */
  readonly replaced: Promise<void>
  /** Reads the TLS certificate again; true when new connections get another from now on. */
  reloadTls(): Promise<boolean>
  close(): Promise<void>
}

/** Starts the server; what was opened before a failure is closed again. Rejects with a message for the operator. */
export async function startServer(options: StartOptions): Promise<StartedServer> {
  const closing = createClosing(options.log)
  try {
    return await open(options, closing)
  } catch (error) {
    await closing.closeAll()
    throw error
  }
}

async function open(options: StartOptions, closing: Closing): Promise<StartedServer> {
  const parts = await openParts(options, closing)
  const { ground, state, running, calls } = parts
  const services = gatherServices(parts)
  const gitHost = openGitHost(ground, services)
  const retention = openRetention(parts, gitHost)
  const http = await openHttp({ ...parts, services, gitHost, retention })
  const succession = createSuccession({ ground, calls, services, http })
  await releaseStartMemory()
  await serve({ ground, services, retention, http, succession })
  const { log, config } = ground
  log.info({ url: config.url, database: state.engine, languages: running.languages.map(({ id }) => id) }, 'serving')
  await takeUp(ground, services)
  const kept = keepWarmWorkers(services)
  closing.add('kept workers', async () => kept.close())
  return {
    url: config.url,
    restart: succession.restart,
    replaced: succession.replaced,
    reloadTls: http.reloadTls,
    async close() {
      succession.abandon()
      if (succession.isFinished()) {
        await closing.closeAllBut(HTTP)
        await succession.lastClients()
      }
      await closing.closeAll()
    },
  }
}

async function openParts(options: StartOptions, closing: Closing): Promise<Parts> {
  const ground = await openGround(options, closing)
  const { overlap, predecessor } = ground
  await tryRunner(ground)
  await predecessor?.prepared()
  const state = await openState(ground)
  const data = await openHostedData({ ...ground, db: state.db, inUseSince: overlap.inUseSince })
  const records = await openRecords(ground, state)
  const running = await openRunner({ ground, state, records, sessionSpaces: data.sessionSpaces })
  const building = await openBuilds(ground, state, running.runner)
  const calls = await openCalls({ ground, state, quotas: records.quotas, runner: running.runner })
  const outgoing = openOutgoing(ground, state)
  return { ground, state, data, records, running, building, calls, outgoing }
}
