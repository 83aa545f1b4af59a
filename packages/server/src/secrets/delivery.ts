/**
 * What a worker is told in confidence: the secrets of the organization that owns its algorithm, and over them those of the
 * algorithm. Read from the database whenever one starts, which is rare, and kept nowhere in between.
 */
import type { WorkerSpec } from '@algorist/runner/types.ts'
import type { Services } from '../services.ts'
import { openProvider } from './open-provider.ts'
import { type SecretRow, selectSecrets } from './queries.ts'

type Uses = Pick<Services, 'db' | 'secretBox' | 'catalog'>

/** @throws Error when a value cannot be had: a worker without it would not be what its owner wants */
export async function secretsOf(services: Uses, { key }: Pick<WorkerSpec, 'key'>): Promise<Record<string, string>> {
  const { algorithmId } = key
  const ownerId = services.catalog.byId(algorithmId)?.ownerId
  if (ownerId === undefined) return {}
  const rows = await selectSecrets(services.db, [ownerId, algorithmId])
  const byVariable = new Map<string, SecretRow>()
  for (const row of rows) {
    if (row.owner_type === 'algorithm' || !byVariable.has(row.secret_key)) byVariable.set(row.secret_key, row)
  }
  const values = await valuesOf(services, [...byVariable.values()])
  return Object.fromEntries([...byVariable].map(([name, { value_id }]) => [name, values.get(value_id) ?? '']))
}

async function valuesOf(services: Uses, rows: readonly SecretRow[]): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>()
  for (const [provider, kept] of Map.groupBy(rows, ({ provider_id }) => provider_id)) {
    const found = await openProvider(services, provider).get(kept.map(({ value_id }) => value_id))
    for (const [id, value] of found) values.set(id, value)
  }
  return values
}
