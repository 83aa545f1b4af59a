/** Opens the ways on which the server itself sends requests: its gate to the network, and the drivers of connectors. */
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createOpenConnectors } from '../connectors/open-connectors.ts'
import { createEgress } from '../http/egress.ts'
import type { Services } from '../services.ts'
import type { Ground } from './open-ground.ts'
import type { State } from './open-state.ts'

export type Outgoing = Pick<Services, 'egress' | 'connectors'>

export function openOutgoing({ config, log, closing }: Ground, { db, secretBox }: State): Outgoing {
  const egress = createEgress({ allow: createAddressSet(config.egress.allow) })
  const connectors = createOpenConnectors({
    ...{ db, secretBox, egress, dropboxApp: config.dropboxApp },
    log: log.child({ part: 'connectors' }),
    silenceMs: config.storageSilenceMs,
  })
  closing.add('connectors', connectors.close)
  return { egress, connectors }
}
