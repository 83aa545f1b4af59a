/**
 * Removes what is too old or too much, in the background: kind after kind, in short steps with pauses, and at once and
 * further down when the disk is full. It knows no kind; what each needs is its own file's business.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { DiskSpace } from '../disk-space.ts'
import { type Amount, type Chore, type Cut, type Kind, NOTHING, sum, timeBefore } from './kind.ts'

/** What is known of a kind without looking. */
export interface KindFigures {
  readonly kind: Kind
  /** As of the last round. */
  readonly held: Amount
  /** Since the start. */
  readonly removed: Amount
}

export interface Keeper {
  /** One round at once; resolves with what it removed, by the names of kinds and chores. */
  run(): Promise<ReadonlyMap<string, Amount>>
  figures(): readonly KindFigures[]
  /** ISO; null before the first round has ended. */
  lastRunAt(): string | null
  /** Ends after the step at hand. */
  close(): Promise<void>
}

export interface KeeperOptions {
  /** A full disk takes of the first first. */
  readonly kinds: readonly Kind[]
  readonly chores: readonly Chore[]
  readonly disk: Pick<DiskSpace, 'isFull' | 'measure' | 'whenFull'>
  readonly log: Logger
  readonly intervalMs: number
  readonly pauseMs: number
  /** True while another server works on the same data folder: nothing begins then. */
  isPaused?(): boolean
}

/** A start has enough to do. */
const FIRST_ROUND_MS = 5000
const CHEAP_TURN_MS = 2
/** Between two rounds while the disk is full. */
const FULL_INTERVAL_MS = 60_000
/** Of the age of a kind, what a full disk leaves, one after the other until there is room. */
const SHARES = [1, 0.5, 0.25, 0.1, 0.03, 0]

/** Begins by itself. */
export function createKeeper(options: KeeperOptions): Keeper {
  const { kinds, chores, disk, log, intervalMs, pauseMs } = options
  const stop = new AbortController()
  const figures = new Map(kinds.map((kind) => [kind, { held: NOTHING, removed: NOTHING }]))
  let lastRunAt: string | null = null
  let isToldOfFullDisk = false
  let rounds: Promise<unknown> = Promise.resolve()
  let timer = setTimeout(begin, Math.min(intervalMs, FIRST_ROUND_MS)).unref()
  disk.whenFull(begin)

  function begin(): void {
    if (stop.signal.aborted) return
    clearTimeout(timer)
    run().finally(() => {
      clearTimeout(timer)
      const nextMs = disk.isFull() ? Math.min(intervalMs, FULL_INTERVAL_MS) : intervalMs
      if (!stop.signal.aborted) timer = setTimeout(begin, nextMs).unref()
    })
  }

  /** One at a time. */
  function run(): Promise<ReadonlyMap<string, Amount>> {
    const round = rounds.then(async () => {
      const removed = new Map<string, Amount>()
      await keepToLimits(removed)
      if (disk.isFull()) await makeRoom(removed)
      else isToldOfFullDisk = false
      lastRunAt = new Date().toISOString()
      return removed
    })
    rounds = round
    return round
  }

  async function keepToLimits(removed: Map<string, Amount>): Promise<void> {
    for (const kind of kinds) {
      await attempt(kind.name, async () => {
        await removeCut(kind, { before: timeBefore(kind.limits.maxAgeMs) }, removed)
        await survey(kind, removed)
      })
    }
    for (const chore of chores) await attempt(chore.name, () => doChore(chore, removed, false))
  }

  async function removeCut(kind: Kind, cut: Cut, removed: Map<string, Amount>): Promise<Amount> {
    let all = NOTHING
    for await (const amount of inTurns(kind.remove(cut))) {
      all = sum(all, amount)
      add(kind, amount, removed)
    }
    return all
  }

  async function survey(kind: Kind, removed: Map<string, Amount>): Promise<void> {
    const turns = inTurns(kind.survey())
    let gone = NOTHING
    let turn = await turns.next()
    for (; !turn.done; turn = await turns.next()) {
      if (turn.value) gone = sum(gone, await removeCut(kind, turn.value, removed))
    }
    if (turn.value) setHeld(kind, less(turn.value, gone))
  }

  async function doChore(chore: Chore, removed: Map<string, Amount>, isUrgent: boolean): Promise<void> {
    for await (const amount of inTurns(chore.run({ isUrgent, signal: stop.signal }))) {
      removed.set(chore.name, sum(removed.get(chore.name) ?? NOTHING, amount))
    }
  }

  /** Of every kind that may go before its time, the oldest first, further and further down. */
  async function makeRoom(removed: Map<string, Amount>): Promise<void> {
    for (const share of SHARES) {
      for (const kind of kinds) {
        const { maxAgeMs, floorMs } = kind.limits
        if (isStopped() || !disk.isFull()) break
        if (floorMs === null) continue
        const before = timeBefore(Math.min(maxAgeMs, Math.max(floorMs, maxAgeMs * share)))
        await attempt(kind.name, () => removeCut(kind, { before }, removed))
        await giveBack(removed)
      }
      if (disk.isFull()) await waitForChores(removed)
    }
    tellOfFullDisk(removed)
  }

  async function giveBack(removed: Map<string, Amount>): Promise<void> {
    for (const chore of chores) await attempt(chore.name, () => doChore(chore, removed, true))
    await attempt('the disk', disk.measure)
  }

  /** What is about to go may be enough; what is left of other kinds should not go for a minute's impatience. */
  async function waitForChores(removed: Map<string, Amount>): Promise<void> {
    const waitMs = Math.max(0, ...chores.map((chore) => chore.readyInMs?.() ?? 0))
    if (waitMs === 0) return
    await sleep(waitMs, undefined, { signal: stop.signal, ref: false }).catch(() => {})
    await giveBack(removed)
  }

  function tellOfFullDisk(removed: ReadonlyMap<string, Amount>): void {
    if (isToldOfFullDisk) return
    isToldOfFullDisk = true
    const fields = { removed: Object.fromEntries([...removed].filter(([, { rows, bytes }]) => rows + bytes > 0)) }
    if (disk.isFull()) log.error(fields, 'the disk is full, and nothing is left that may be removed; make room')
    else log.warn(fields, 'the disk was full; old logs and builds were removed before their time')
  }

  /** One kind that fails must not keep the others from being looked at. */
  async function attempt(name: string, work: () => Promise<unknown>): Promise<void> {
    if (stop.signal.aborted) return
    try {
      await work()
    } catch (err) {
      if (!stop.signal.aborted)
        log.warn({ err, kind: name }, 'what is too old could not be removed; the next round tries')
    }
  }

  /** A turn that cost next to nothing needs no pause, and a full disk cannot wait. */
  async function pauseAfter(beganMs: number): Promise<void> {
    if (performance.now() - beganMs < CHEAP_TURN_MS) return
    await sleep(disk.isFull() ? 0 : pauseMs, undefined, { signal: stop.signal, ref: false }).catch(() => {})
  }

  function isStopped(): boolean {
    return stop.signal.aborted || (options.isPaused?.() ?? false)
  }

  /** The turns of a kind or chore, with pauses, until it ends or the server closes. */
  async function* inTurns<T, R>(turns: AsyncGenerator<T, R, void>): AsyncGenerator<T, R | undefined, void> {
    try {
      while (!isStopped()) {
        const beganMs = performance.now()
        const turn = await turns.next()
        if (turn.done) return turn.value
        yield turn.value
        await pauseAfter(beganMs)
      }
      return undefined
    } finally {
      await turns[Symbol.asyncDispose]()
    }
  }

  function add(kind: Kind, amount: Amount, removed: Map<string, Amount>): void {
    const known = figures.get(kind) ?? { held: NOTHING, removed: NOTHING }
    figures.set(kind, { held: less(known.held, amount), removed: sum(known.removed, amount) })
    removed.set(kind.name, sum(removed.get(kind.name) ?? NOTHING, amount))
  }

  function setHeld(kind: Kind, held: Amount): void {
    figures.set(kind, { held, removed: figures.get(kind)?.removed ?? NOTHING })
  }

  return {
    run,
    figures: () => [...figures].map(([kind, amounts]) => ({ kind, ...amounts })),
    lastRunAt: () => lastRunAt,
    async close() {
      clearTimeout(timer)
      stop.abort()
      await rounds.catch(() => {})
    },
  }
}

function less(one: Amount, other: Amount): Amount {
  return { rows: Math.max(0, one.rows - other.rows), bytes: Math.max(0, one.bytes - other.bytes) }
}
