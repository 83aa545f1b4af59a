/** Gives a prepared fork what a worker has: its door to the platform API, its pipes, its group, its order. */
import { constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { removeTree } from '../folders.ts'
import type { Language } from '../languages.ts'
import { type Ground, type Launched, RELAY_PORT, workerEnvironment } from '../launch.ts'
import { type WorkerLimits, workerLimits } from '../limits.ts'
import type { OutputReaders } from '../pipes.ts'
import { type Door, openDoor } from '../platform-door.ts'
import { accountOf, type ProcessGroup, type ProcessGroups } from '../sandbox/groups/groups.ts'
import { killGroup } from '../sandbox/sandbox.ts'
import type { IdentityOfWorker, WorkerSpec } from '../types.ts'
import { type Secrets, secretsMessage } from '../worker-secrets.ts'
import { admitFork, countedFromNow, hasUsualLimits } from './ahead.ts'
import { createForkedProcess } from './forked-process.ts'
import { processLimits } from './process-limits.ts'
import type { Supply } from './supply.ts'
import type { ForkOrder, Prepared, Template } from './template.ts'

export interface ForkOptions {
  readonly ground: Omit<Ground, 'zygotes'> & { readonly groups: ProcessGroups }
  readonly template: Template
  /** The template's forks that wait for an order. */
  readonly supply: Supply
  readonly spec: WorkerSpec
  readonly language: Language
  readonly uid: number | null
  readonly identity: IdentityOfWorker
  /** True for a fork of what was given its secrets when it loaded. */
  readonly hasSecrets?: true
  /** Its secrets, if they were asked for already. */
  readonly secrets?: Secrets
  /** Makes it a version's template with this system-call filter instead of a worker. */
  readonly filter?: Buffer
}

/** @throws Error when the fork fails or ends before it runs */
export async function launchFork({
  ground,
  template,
  supply,
  spec,
  uid,
  identity,
  ...more
}: ForkOptions): Promise<Launched> {
  const secrets = more.hasSecrets ? null : (more.secrets ?? (await ground.secretsOf(spec)))
  const { fork, network, group: own } = await supply.take()
  const limits = workerLimits(ground.limits.worker, spec.limits)
  const { groups } = ground
  // Forks of a version are held to its own limits, those of an environment to the usual ones.
  const isNew = own === null || (more.hasSecrets !== true && !hasUsualLimits(spec, ground.limits.worker))
  const group = isNew ? groups.open(limits, 'worker', accountOf(uid, 'worker')) : countedFromNow(own)
  let door: Door | null = null
  let output: OutputReaders | null = null
  const release = async () => {
    await network?.release()
    door?.close()
    output?.stdout.destroy()
    output?.stderr.destroy()
    group.release()
    own?.release()
    await removeTree(fork.folder)
  }
  try {
    output = openPipes(fork)
    door = await openDoor({ gate: ground.gate, identity, socketPath: join(fork.folder, 'api.sock'), uid })
    if (isNew) {
      await admitFork(group, fork, network)
      own?.release()
    }
    const env = workerEnvironment(spec, more.language, RELAY_PORT)
    const frames = await template.go(fork, { ...orderOf(spec, limits, group), env, ...filterOf(more.filter) })
    // Not with the order: what passes through a template stays in the memory of all its later forks.
    if (secrets !== null) frames.write(secretsMessage(secrets))
    const forked = createForkedProcess(fork.pid, frames)
    template.onEnd(fork, ({ code, signal }) => forked.ended(code, signal))
    void network?.lost.then(() => killGroup(forked.process))
    return { child: forked.process, group, output, fifo: null, release }
  } catch (error) {
    template.drop(fork)
    await release()
    throw error
  }
}

function orderOf(spec: WorkerSpec, limits: WorkerLimits, group: ProcessGroup): Omit<ForkOrder, 'env'> {
  const { tmpBytes, tmpFiles } = limits
  return { artifact: spec.artifact, tmpBytes, tmpFiles, limits: processLimits(limits, group) }
}

const filterOf = (filter?: Buffer) => (filter === undefined ? {} : { filter: filter.toString('base64') })

/** The reading ends of the pipes that the fork has made; they have no name afterwards. */
function openPipes({ folder }: Prepared): OutputReaders {
  const [stdout, stderr] = ['stdout', 'stderr'].map((name) => {
    const path = join(folder, name)
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    rmSync(path)
    return new Socket({ fd, readable: true, writable: false })
  })
  if (stdout === undefined || stderr === undefined) throw new Error('A fork has no pipes')
  return { stdout, stderr }
}
