/** Opens what removes the old and the superfluous, once the rest of the server is there to say what is in use. */
import type { GitHost } from '../git/http-backend.ts'
import type { Keeper } from '../retention/keeper.ts'
import { createRetention } from '../retention/retention.ts'
import type { Parts } from './gather-services.ts'

export function openRetention({ ground, state, building, running, calls }: Parts, gitHost: GitHost): Keeper {
  const { config, log, closing, disk, overlap, removals } = ground
  const retention = createRetention({
    ...{ db: state.db, engine: state.engine, catalog: state.catalog },
    ...{ repositories: building.repositories, runner: running.runner, results: calls.results },
    ...{ disk, removals, policy: config.retention, isPushing: gitHost.isPushing },
    log: log.child({ part: 'retention' }),
    // Another server on this data folder would not learn of builds that are collected here.
    isPaused: () => !overlap.isAlone(),
  })
  closing.add('retention', retention.close)
  return retention
}
