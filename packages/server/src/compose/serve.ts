/**
 * From open to serving, in the order that keeps calls from failing: a server that follows another accepts connections once
 * that one says so, and takes up what that one leaves.
 */
import { answerWithHold } from '../backup/removal-hold.ts'
import { HOLD_ADDRESS } from '../backup/store-hold.ts'
import { thisInstance } from '../instance.ts'
import { listenForOperators } from '../operator/socket.ts'
import { notifyReady } from '../restart/notify.ts'
import { listenForPeers } from '../restart/peers.ts'
import { heldAgainstRestart, restartCommand } from '../restart/restart-command.ts'
import type { Keeper } from '../retention/keeper.ts'
import type { Services } from '../services.ts'
import type { Ground } from './open-ground.ts'
import type { Http } from './open-http.ts'
import type { Succession } from './succession.ts'

export interface ServeNeeds {
  readonly ground: Ground
  readonly services: Services
  readonly http: Http
  readonly succession: Succession
  readonly retention: Keeper
}

export async function serve(needs: ServeNeeds): Promise<void> {
  const { ground, services, http } = needs
  const { config, log, closing, folder, overlap, predecessor, environment } = ground
  const { pendingCalls } = services
  await hearPeers(needs)
  await predecessor?.ready(thisInstance.id)
  // Those that the predecessor has not begun come once it has left.
  if (!predecessor) await pendingCalls.recover(overlap.living())
  await http.listen()
  await hearOperators(needs)
  await folder.announce(config.url)
  if (predecessor) {
    await predecessor.serving()
    await folder.takeOver()
    await pendingCalls.recover(overlap.living())
  }
  // Closing it ends them, which a start that has failed before this line must not.
  closing.add('servers before this one', overlap.close)
  await notifyReady(environment.NOTIFY_SOCKET, log)
}

async function hearPeers({ ground, http, succession }: ServeNeeds): Promise<void> {
  const peers = await listenForPeers({
    folder: ground.folder.folders.run,
    answer: succession.answer,
    onRequest: (request, response) => void http.server.emit('request', request, response),
    shutdownMs: ground.config.shutdownMs,
  })
  ground.closing.add('other servers', peers.close)
}

async function hearOperators({ ground, services, http, succession, retention }: ServeNeeds): Promise<void> {
  const { folder, overlap, removals, closing } = ground
  const isAlone = () => overlap.living().size === 0
  const operators = await listenForOperators(
    folder.operatorSocket,
    { ...services, retention, storage: async () => services },
    { [HOLD_ADDRESS]: heldAgainstRestart(http.gate, answerWithHold(removals, isAlone)) },
    restartCommand({ gate: http.gate, restart: succession.restart, operatorSocket: folder.operatorSocket }),
  )
  closing.add('operators', operators.close)
}

/** Has interrupted builds run again: at once, or, with the calls, when the servers that may be at work on them have gone. */
export async function takeUp({ overlap }: Ground, { pendingCalls, builds }: Services): Promise<void> {
  if (!overlap.isShared) return builds.recover()
  overlap.follow(async (living) => {
    await pendingCalls.recover(living)
    await builds.learnOf(thisInstance.startedAt)
    if (living.size === 0) await builds.recover()
  })
}
