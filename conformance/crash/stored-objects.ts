/** The content of hosted files as it lies on the disk, against the rows that name it. Everything here only reads. */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readDatabase } from './data-folder.ts'

/** The sweep of a start goes on while the server serves already. */
const SWEEP_TIMEOUT_MS = 20_000
const ENOENT = 'ENOENT'

/** Waits for the sweep of the last start. @returns the violations that stay */
export async function findStrayObjects(home: string): Promise<string[]> {
  const giveUpAt = Date.now() + SWEEP_TIMEOUT_MS
  for (;;) {
    const violations = [...(await compareObjects(home)), ...compareUsage(home)]
    if (violations.length === 0 || Date.now() > giveUpAt) return violations
    await delay(100)
  }
}

/** Each row has its object, each object its row, and nothing is left of what was on its way. */
async function compareObjects(home: string): Promise<string[]> {
  const rows = new Map(
    readDatabase(home, (db) => db.prepare('select object_id, size_bytes from files').all()).map((row) => [
      String(row.object_id),
      Number(row.size_bytes),
    ]),
  )
  const sizes = new Map<string, number>()
  for (const entry of await entriesBelow(join(home, 'data'))) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) sizes.set(entry.name, (await stat(path).catch(() => null))?.size ?? 0)
  }
  return [
    ...[...sizes.keys()].filter((id) => !rows.has(id)).map((id) => `object ${id} belongs to nothing`),
    ...[...rows].filter(([id, size]) => sizes.get(id) !== size).map(([id, size]) => describe(id, size, sizes.get(id))),
  ]
}

function describe(id: string, expected: number, found: number | undefined): string {
  return `object ${id} ${found === undefined ? 'is missing' : `has ${found} bytes instead of ${expected}`}`
}

/** A folder may go while it is read. */
async function entriesBelow(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === ENOENT) return []
    throw error
  }
}

/** What quotas go by is the sum of what can be seen, and no deleted collection is left. */
function compareUsage(home: string): string[] {
  const wrong = `
    select u.owner_id, u.files, u.bytes, count(f.name) as real_files, coalesce(sum(f.size_bytes), 0) as real_bytes
    from data_usage u
      left join collections c on c.owner_id = u.owner_id and c.scope not like 'retired:%'
      left join files f on f.collection_id = c.id
    group by u.owner_id, u.files, u.bytes
    having u.files <> real_files or u.bytes <> real_bytes`
  return readDatabase(home, (db) => [
    ...db
      .prepare(wrong)
      .all()
      .map((row) => `usage of ${row.owner_id}: ${JSON.stringify(row)}`),
    ...db
      .prepare("select id from collections where scope like 'retired:%'")
      .all()
      .map(({ id }) => `the deleted collection ${id} is left`),
  ])
}
