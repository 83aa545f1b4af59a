/** The entry of a call whose end is written by whoever looked after it: the same as the log itself would write. */
import type { Catalog } from '../algorithms/catalog.ts'
import { whatRan } from '../calls/trace.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'
import { keepsContent } from './content.ts'
import { type EndedCall, logRow } from './log-row.ts'

export function entryOf(
  catalog: Pick<Catalog, 'byId'>,
  ended: Pick<EndedCall, 'request' | 'outcome' | 'endedAt'>,
): CallLogRow {
  const { key } = ended.request.worker
  const { version } = whatRan(catalog, key)
  return logRow({ ...ended, version, keepsContent: keepsContent(catalog.byId(key.algorithmId)?.settings) })
}
