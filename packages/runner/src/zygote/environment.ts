/** Starts the template of an environment in its own sandbox; it ends with the runner. */
import type { Duplex } from 'node:stream'
import { removeTree } from '../folders.ts'
import { makeOwnFolder } from '../launch.ts'
import type { Logger } from '../options.ts'
import { makePipes, startWith } from '../pipes.ts'
import type { ProcessGroup } from '../sandbox/groups/groups.ts'
import type { Network } from '../sandbox/network/networks.ts'
import { killGroup, type Sandbox, type SandboxSpec } from '../sandbox/sandbox.ts'
import type { NetworkAccess } from '../types.ts'
import { type Arrivals, createArrivals } from './arrivals.ts'
import { childrenOf } from './host-pids.ts'
import { createSupply, type Supply, type SupplyOptions } from './supply.ts'
import { createTemplate, type Prepared, type Template } from './template.ts'

export interface Environment {
  readonly template: Template
  /** Its forks that wait for an order, by their network. */
  readonly supplies: Readonly<Record<NetworkAccess, Supply>>
  readonly group: ProcessGroup
  /** Where its forks call, and the forks of its forks. */
  readonly arrivals: Arrivals
  close(): Promise<void>
}

export interface EnvironmentOptions {
  readonly sandbox: Sandbox
  readonly spec: Omit<SandboxSpec, 'output'>
  /** Folder to make for it and its forks; `spec` shows it inside. */
  readonly folder: string
  readonly uid: number | null
  readonly log: Logger
  readonly supply: Omit<SupplyOptions, 'template' | 'connect'>
  /** Connects the forks of workers that have a network. */
  connect(fork: Prepared): Promise<Network>
}

/** @throws Error with a message for the operator when the host cannot give its sandbox */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { folder, uid, sandbox, spec, log } = options
  await makeOwnFolder(folder, uid)
  const arrivals = await createArrivals(folder, uid)
  const { output } = await makePipes({ folder, uid, answers: null })
  const started = await startWith(output, () => sandbox.start({ ...spec, output: output.writers }))
  for (const stream of [output.stdout, output.stderr]) {
    stream.on('data', (bytes: Buffer) => log.warn({ text: bytes.toString('utf8', 0, 2000) }, 'zygote says'))
  }
  const control = started.child.stdio[3] as Duplex
  // bubblewrap outside, bubblewrap as the first process inside, the template.
  const parent = () => childrenOf(childrenOf(started.child.pid ?? -1)[0] ?? -1)[0] ?? null
  const template = createTemplate({ control, arrivals, parent })
  started.child.once('error', template.gone)
  const supplies = {
    isolated: createSupply({ ...options.supply, template }),
    full: createSupply({ ...options.supply, template, connect: options.connect }),
  }
  return {
    template,
    supplies,
    group: started.group,
    arrivals,
    async close() {
      const disconnected = Object.values(supplies).map((supply) => supply.close())
      control.end()
      killGroup(started.child)
      template.gone()
      arrivals.close()
      await Promise.all([started.release(), ...disconnected])
      await removeTree(folder)
    },
  }
}
