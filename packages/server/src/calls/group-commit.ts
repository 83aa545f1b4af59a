/**
 * Group commit: what arrives while a write is on its way to the disk goes with the next one, so that many callers share
 * one wait for the disk. It knows nothing of what is written.
 */

export interface GroupCommit<Item> {
  /** Resolves when the item is durable, rejects when it could not be written. */
  add(item: Item): Promise<void>
}

export interface GroupCommitOptions<Item> {
  /** Writes all of them or none. */
  readonly write: (items: readonly Item[]) => Promise<unknown>
  readonly sizeBytes?: (item: Item) => number
}

interface Waiting<Item> {
  readonly item: Item
  resolve(): void
  reject(error: unknown): void
}

/** Larger groups gain nothing more, and databases limit the parameters of a statement. */
const maxItems = 200
const maxBytes = 16 * 1024 * 1024

export function createGroupCommit<Item>({ write, sizeBytes = () => 0 }: GroupCommitOptions<Item>): GroupCommit<Item> {
  let waiting: Waiting<Item>[] = []
  let isWriting = false

  async function writeAll(): Promise<void> {
    if (isWriting) return
    isWriting = true
    while (waiting.length > 0) await commit(takeGroup())
    isWriting = false
  }

  function takeGroup(): Waiting<Item>[] {
    let count = 0
    let groupBytes = 0
    for (const { item } of waiting) {
      groupBytes += sizeBytes(item)
      if (count > 0 && (count === maxItems || groupBytes > maxBytes)) break
      count++
    }
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return group
  }

  /** An item that cannot be written must not take the others with it. */
  async function commit(group: readonly Waiting<Item>[]): Promise<void> {
    try {
      await write(group.map(({ item }) => item))
      for (const { resolve } of group) resolve()
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error)
      else for (const each of group) await commit([each])
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (!isWriting) queueMicrotask(writeAll)
      }),
  }
}
