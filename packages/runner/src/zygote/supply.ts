/**
 * Forks of one template that are made before they are wanted, so that a new worker waits for its order alone. What is
 * taken is made up for once nothing more is asked: a burst gets the processor first.
 */
import { removeTree } from '../folders.ts'
import type { ProcessGroup } from '../sandbox/groups/groups.ts'
import type { Network } from '../sandbox/network/networks.ts'
import type { StartAhead } from './ahead.ts'
import type { Prepared, Template } from './template.ts'

/** How long nothing must have been taken before more are made. */
const CALM_MS = 50

export interface ReadyFork {
  readonly fork: Prepared
  /** What it is connected to, to be released with it; null when that is nothing. */
  readonly network: Network | null
  /** The group that it is in; null when it gets one with its order. */
  readonly group: ProcessGroup | null
}

export interface Supply {
  /** One that waits for its order, made now when none is ready. @throws Error when the fork failed or the template is gone */
  take(): Promise<ReadyFork>
  /** Makes as many as are kept, once nothing is asked for. */
  fill(): void
  /** How many are ready or being made. */
  spares(): number
  /** When one was taken last, as `performance.now()` gives it. */
  takenAtMs(): number
  /** Memory of programs in those that are ready. */
  programBytes(): number
  /** Ends those that are ready; more are made when one is taken. */
  drop(): void
  /** Ends those that are ready and makes no more. Resolves when their networks are gone. */
  close(): Promise<void>
}

export interface SupplyOptions {
  readonly template: Template
  /** Most that are kept ready. */
  readonly size: number
  /** Connects those that are made; without it they have no network. */
  readonly connect?: (fork: Prepared) => Promise<Network>
  /** What is done with those that are made. */
  readonly startAhead?: StartAhead
  /** False while the machine has no room for what nobody has asked for yet. */
  mayKeep(): boolean
}

export function createSupply({ template, size, connect, startAhead, mayKeep }: SupplyOptions): Supply {
  const ready: ReadyFork[] = []
  let making: Promise<void> | null = null
  let isClosed = false
  let takenAtMs = performance.now()
  let timer: NodeJS.Timeout | undefined

  async function make(purpose: 'wanted' | 'spare'): Promise<ReadyFork> {
    const fork = await template.prepare({ network: connect === undefined ? 'isolated' : 'full' }, purpose)
    let network: Network | null = null
    try {
      network = connect === undefined ? null : await connect(fork)
      return { fork, network, group: (await startAhead?.(template, fork, network)) ?? null }
    } catch (error) {
      void network?.release()
      template.onEnd(fork, () => void removeTree(fork.folder).catch(() => {}))
      template.drop(fork)
      throw error
    }
  }

  function refillLater(): void {
    clearTimeout(timer)
    if (isClosed) return
    timer = setTimeout(() => {
      making ??= refill().finally(() => {
        making = null
      })
    }, CALM_MS).unref()
  }

  async function refill(): Promise<void> {
    try {
      while (ready.length < size && isWanted()) keep(await make('spare'))
    } catch {
      // Whoever takes the next one learns why none can be made.
    }
  }

  const isWanted = () => !isClosed && !template.isGone() && mayKeep()

  function keep(spare: ReadyFork): void {
    const { fork, network, group } = spare
    const remove = () => {
      const at = ready.indexOf(spare)
      if (at >= 0) ready.splice(at, 1)
    }
    const dropSpare = () => {
      if (ready.includes(spare)) template.drop(fork)
      remove()
    }
    ready.push(spare)
    // At once when it has ended already.
    template.onEnd(fork, () => {
      remove()
      void network?.release()
      group?.release()
      removeTree(fork.folder).catch(() => {})
    })
    void network?.lost.then(dropSpare)
    if (!isWanted()) dropSpare()
  }

  return {
    take() {
      takenAtMs = performance.now()
      refillLater()
      const spare = ready.shift()
      if (spare === undefined) return make('wanted')
      template.claim(spare.fork)
      return Promise.resolve(spare)
    },
    fill: refillLater,
    spares: () => ready.length + (making === null ? 0 : 1),
    takenAtMs: () => takenAtMs,
    programBytes: () => ready.reduce((sum, { group }) => sum + (group?.memoryBytes() ?? 0), 0),
    drop() {
      for (const { fork } of ready.splice(0)) template.drop(fork)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      const rest = ready.splice(0)
      for (const { fork } of rest) template.drop(fork)
      await Promise.all([making, ...rest.map(({ network }) => network?.release())])
    },
  }
}
