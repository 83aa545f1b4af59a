/**
 * Lines of governance reports: read by key, page by page, and given their names and figures. What an account has, and not what
 * it called, is told of accounts alone that the asker belongs to, and to administrators of all.
 */
import type { CostRates, Figures, GovernanceLine } from '@algorist/contract/operations/governance.ts'
import type { Caller } from '../caller.ts'
import { usedBytesOf } from '../data/quota.ts'
import { administers, isOwn } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { Days } from './days.ts'
import { figuresOf } from './figures.ts'
import type { Group, Scope } from './governance-scopes.ts'
import { addTo, type Measures, noMeasures } from './measures.ts'
import { partOf, readNames } from './names.ts'
import { readPage } from './pages.ts'
import { type Line, selectByKey } from './read-queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** A report as it was asked for. */
export interface Asked {
  readonly caller: Caller
  readonly scope: Scope
  readonly group: Group
  readonly days: Days
  /** Days of the range that have begun. */
  readonly begun: number
  readonly rates: CostRates
}

/** Callers of one algorithm that are added up by their organizations. */
const MOST_CALLERS = 1_000_000

/** Which lines: so many after a key. */
export interface LinePage {
  readonly after: readonly string[] | undefined
  readonly limit: number
}

/** In the order of their ids. */
export async function readLines(services: Uses, { scope, group, days }: Asked, page: LinePage): Promise<Line[]> {
  const sources = scope.sources(group)
  if (sources) return readPage(services.db, sources, { days, ...page })
  return byOrganization(services, { scope, days, page })
}

/**
 * The callers of an algorithm added up by organization: one that called itself, and those that the callers belong to now.
 * Who belongs to several counts in each. Reads all callers of the algorithm.
 */
async function byOrganization(
  { db, directory }: Uses,
  { scope, days, page }: { readonly scope: Scope; readonly days: Days; readonly page: LinePage },
): Promise<Line[]> {
  const sums = new Map<string, Measures>()
  for (const source of scope.sources('user') ?? []) {
    for (const { key, measures } of await selectByKey(db, source, { days, after: undefined, limit: MOST_CALLERS })) {
      for (const id of organizationsOf(directory, key[0] ?? '')) {
        sums.set(id, addTo({ ...(sums.get(id) ?? noMeasures()) }, measures))
      }
    }
  }
  const ids = [...sums.keys()].sort().filter((id) => page.after === undefined || id > (page.after[0] ?? ''))
  return ids.slice(0, page.limit).map((id) => ({ key: [id], measures: sums.get(id) ?? noMeasures() }))
}

function organizationsOf(directory: Services['directory'], callerId: string): string[] {
  const isOrganization = directory.byId(callerId)?.kind === 'organization'
  return isOrganization ? [callerId] : directory.organizationsOf(callerId).map(({ id }) => id)
}

/** True when the asker may be told how much data, how many algorithms and how many members an account has. */
export function mayKnow({ directory }: Pick<Uses, 'directory'>, caller: Caller, accountId: string): boolean {
  return administers(caller, 'see') || isOwn(directory, caller, accountId)
}

/** As they are shown, in the same order. */
export async function nameLines(services: Uses, asked: Asked, lines: readonly Line[]): Promise<GovernanceLine[]> {
  const { caller, group, rates, begun } = asked
  const ids = partOf(lines, 0)
  const isAlgorithm = group === 'algorithm'
  const names = await readNames(services, isAlgorithm ? ids : [])
  const known = new Set(isAlgorithm ? [] : ids.filter((id) => mayKnow(services, caller, id)))
  const bytes = known.size === 0 ? new Map<string, number>() : await usedBytesOf(services.db, { ids: [...known] })
  return lines.map(({ key: [id = ''], measures }) => {
    const algorithm = isAlgorithm ? names.algorithm(id) : undefined
    const figures: Figures = figuresOf(measures, { rates, hostedBytes: bytes.get(id) ?? 0, days: begun })
    const name = algorithm ? [algorithm.owner, algorithm.name].filter(Boolean).join('/') : names.account(id)
    return { id, name, ...figures, ...(known.has(id) ? countsOf(services, group, id) : {}) }
  })
}

/** How much there is now. */
function countsOf({ directory, catalog }: Uses, group: Group, id: string) {
  const algorithm_count = catalog.ofOwner(id).length
  if (group === 'user') return { algorithm_count }
  const member_count = directory.membersOf(id).filter((member) => directory.isMember(id, member.id)).length
  return { algorithm_count, member_count }
}
