/** Opens what hears of every call that ran: usage, quotas, insights and the call log. */
import type { RunnerOptions } from '@algorist/runner/options.ts'
import { createCallLog } from '../call-log/call-log.ts'
import type { TraceReceiver } from '../calls/trace.ts'
import { createInsightCollector } from '../insights/collector.ts'
import { createLocalSink } from '../insights/sink.ts'
import type { Services } from '../services.ts'
import { createUsageCollector } from '../usage/collector.ts'
import { createAccountQuotas } from '../usage/quotas.ts'
import type { Ground } from './open-ground.ts'
import type { State } from './open-state.ts'

export interface Records extends Pick<Services, 'callLog' | 'insights' | 'quotas'> {
  readonly receivers: readonly TraceReceiver[]
  readonly onUnclaimedUsage: NonNullable<RunnerOptions['onUnclaimedUsage']>
}

export async function openRecords(ground: Ground, { db, directory, catalog }: State): Promise<Records> {
  const { config, log, closing, disk } = ground
  const hasDiskRoom = () => !disk.isFull()
  const usage = createUsageCollector({ db, directory, catalog, log: log.child({ part: 'usage' }) })
  closing.add('usage', usage.close)
  const quotas = await createAccountQuotas({ db, common: config.quotas })
  const insights = createInsightCollector({
    catalog,
    sink: createLocalSink(db, hasDiskRoom),
    log: log.child({ part: 'insights' }),
  })
  closing.add('insights', insights.close)
  const callLog = createCallLog({
    ...{ db, catalog, perSecond: config.calls.loggedPerSecond, hasDiskRoom },
    log: log.child({ part: 'call log' }),
  })
  closing.add('call log', callLog.close)
  return {
    callLog,
    insights,
    quotas,
    receivers: [insights.receive, callLog.receive, usage.receive, quotas.receive],
    onUnclaimedUsage(spec, rest) {
      usage.receiveRest(spec, rest)
      quotas.receiveRest(spec, rest)
    },
  }
}
