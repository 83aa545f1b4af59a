/** From rows by caller, algorithm, version and day to the same calls grouped as reports ask for them. */
import type { SumKind, UsageDaysTable, UsageSumsTable } from '../db/usage-tables.ts'
import { addTo, noMeasures } from './measures.ts'

type OwnerKind = 'user' | 'organization'

/** Rows with one key are added up. @param ownerKindOf by id of an account */
export function groupSums(
  rows: readonly UsageDaysTable[],
  ownerKindOf: (ownerId: string) => OwnerKind,
): UsageSumsTable[] {
  const sums = new Map<string, UsageSumsTable>()
  for (const row of rows) {
    for (const [kind, scope_id, item_id] of groupsOf(row, ownerKindOf(row.owner_id))) {
      const key = `${kind} ${scope_id} ${item_id} ${row.day}`
      const sum = sums.get(key) ?? { kind, scope_id, item_id, day: row.day, ...noMeasures() }
      sums.set(key, addTo(sum, row))
    }
  }
  return [...sums.values()]
}

function groupsOf(
  { caller_id, algorithm_id, version, owner_id }: UsageDaysTable,
  ownerKind: OwnerKind,
): readonly (readonly [SumKind, scopeId: string, itemId: string])[] {
  return [
    ['total', ownerKind, ''],
    ['owner', ownerKind, owner_id],
    ['caller', ownerKind, caller_id],
    ['algorithm', ownerKind, algorithm_id],
    ['version', algorithm_id, version],
    ['owner-algorithm', owner_id, algorithm_id],
    ['owner-caller', owner_id, caller_id],
    ['caller-owner', caller_id, owner_id],
  ]
}
