/** A table as the reply of an operation that otherwise answers JSON. */
import { type Reply, reply } from '../http/serve.ts'
import { type Cell, csvStream } from './csv.ts'

export function csvReply(heading: readonly string[], pages: AsyncIterable<readonly (readonly Cell[])[]>): Reply {
  return reply(200, csvStream(heading, pages), {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="usage.csv"',
  })
}
