/** What features work with, gathered from the parts of the server that are open. */
import { createLoginGuard } from '../accounts/login-guard.ts'
import type { HostedData } from '../data/open-hosted-data.ts'
import type { Services } from '../services.ts'
import type { Building } from './open-builds.ts'
import type { Calls } from './open-calls.ts'
import type { Ground } from './open-ground.ts'
import type { Outgoing } from './open-outgoing.ts'
import type { Records } from './open-records.ts'
import type { Running } from './open-runner.ts'
import type { State } from './open-state.ts'

export interface Parts {
  readonly ground: Ground
  readonly state: State
  readonly data: HostedData
  readonly records: Records
  readonly running: Running
  readonly building: Building
  readonly calls: Calls
  readonly outgoing: Outgoing
}

export function gatherServices(parts: Parts): Services {
  const { ground, state, data, records, running, building, calls, outgoing } = parts
  return {
    config: ground.config,
    log: ground.log,
    disk: ground.disk,
    db: state.db,
    directory: state.directory,
    keyRing: state.keyRing,
    sessions: state.sessions,
    loginGuard: createLoginGuard(),
    mailer: state.mailer,
    secretBox: state.secretBox,
    catalog: state.catalog,
    html: state.html,
    objects: data.objects,
    reclaimer: data.reclaimer,
    sessionSpaces: data.sessionSpaces,
    callLog: records.callLog,
    insights: records.insights,
    quotas: records.quotas,
    runner: running.runner,
    workerLimits: running.limits.worker,
    warmWorkersPerAccount: ground.config.workers.warmPerAccount,
    languages: running.languages,
    lackingLanguages: running.lackingLanguages,
    repositories: building.repositories,
    builds: building.builds,
    pendingCalls: calls.pendingCalls,
    egress: outgoing.egress,
    connectors: outgoing.connectors,
  }
}
