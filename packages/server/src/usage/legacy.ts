/** Algorithms that still name a package set instead of an environment (rest-api.md 3.10, row 12). */
import type { Services } from '../services.ts'
import { type LegacyRow, selectLegacy } from './legacy-queries.ts'

export interface LegacyAlgorithm {
  readonly id: number
  readonly username: string
  readonly algoname: string
  readonly language: string
  readonly createdAt: string
  readonly lastCompiledAt: string | undefined
}

/** As many as one statement asks for. */
const BATCH = 500

/** Oldest first, in groups of {@link BATCH}. */
export async function listLegacyAlgorithms(
  services: Pick<Services, 'db' | 'directory' | 'catalog'>,
): Promise<LegacyAlgorithm[]> {
  const { db, catalog } = services
  const ids = [...catalog.ids()].filter((id) => catalog.byId(id)?.settings.packageSet !== undefined).sort()
  const rows: LegacyRow[] = []
  for (let start = 0; start < ids.length; start += BATCH) {
    rows.push(...(await selectLegacy(db, ids.slice(start, start + BATCH))))
  }
  return rows.flatMap((row) => show(services, row))
}

function show({ catalog, directory }: Pick<Services, 'directory' | 'catalog'>, row: LegacyRow): LegacyAlgorithm[] {
  const entry = catalog.byId(row.id)
  if (!entry) return []
  return [
    {
      id: numberOf(row.id),
      username: directory.byId(entry.ownerId)?.name ?? entry.ownerId,
      algoname: entry.name,
      language: row.language,
      createdAt: row.created_at,
      lastCompiledAt: row.last_compiled_at ?? undefined,
    },
  ]
}

/** The original counts its algorithms, ours have UUIDs: the same number always, made of the first 48 bits. */
function numberOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
