/** Entries of the call log as replies show them. What is not known, or not kept, is left out. */
import type { CallEntry, LoggedCall } from '@algorist/contract/shapes/logged-call.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'
import type { Services } from '../services.ts'
import type { ListedCall } from './queries.ts'

type Names = Pick<Services, 'directory' | 'catalog'>

/** An entry of the list. */
export function showListed(
  { directory }: Pick<Names, 'directory'>,
  row: Omit<ListedCall, 'has_output'> & { has_output: number | boolean },
): LoggedCall {
  return {
    request_id: row.request_id,
    session_id: row.session_id,
    depth: row.depth,
    caller: directory.byId(row.caller_id)?.name ?? row.caller_id,
    version: row.version,
    ended_at: row.ended_at,
    outcome: row.outcome,
    ...(row.error_type === null ? {} : { error_type: row.error_type }),
    ...(row.message === null ? {} : { message: row.message }),
    has_output: Boolean(row.has_output),
    content_type: row.content_type,
    input_bytes: row.input_bytes,
    answer_bytes: row.answer_bytes,
    timing: showTiming(row),
    ...showUsage(row),
  }
}

/** All that is kept of a call, for those who manage the algorithm. */
export function showEntry(names: Names, row: CallLogRow): CallEntry {
  const { stacktrace, input, output } = row
  return {
    ...showListed(names, { ...row, has_output: output !== null }),
    ...showAlgorithm(names, row),
    build_id: row.build_id,
    ...(stacktrace === null ? {} : { stacktrace }),
    ...(input === null ? {} : { input }),
    ...(output === null ? {} : { output }),
  }
}

/** What the account that made a call may know of it. @param showsStack whether it may see the source */
export function showToCaller(names: Names, row: CallLogRow, showsStack: boolean): CallEntry {
  const { has_output: _, ...listed } = showListed(names, { ...row, has_output: false })
  const { stacktrace } = row
  return {
    ...listed,
    ...showAlgorithm(names, row),
    ...(stacktrace !== null && showsStack ? { stacktrace } : {}),
  }
}

function showAlgorithm({ directory, catalog }: Names, { owner_id, algorithm_id }: CallLogRow) {
  const algorithm = catalog.byId(algorithm_id)
  return {
    algorithm: {
      id: algorithm_id,
      owner: directory.byId(algorithm?.ownerId ?? owner_id)?.name ?? owner_id,
      ...(algorithm === undefined ? {} : { name: algorithm.name }),
    },
  }
}

type Times = Pick<CallLogRow, 'accept_us' | 'reply_us' | 'wait_us' | 'start_us' | 'load_us' | 'start_cause' | 'run_us'>

function showTiming({ accept_us, reply_us, wait_us, start_us, load_us, start_cause, run_us }: Times) {
  return {
    ...(accept_us === null ? {} : { accept_us }),
    ...{ wait_us, start_us },
    ...(start_cause === null ? {} : { start_cause }),
    ...{ load_us: load_us ?? 0, run_us },
    ...(reply_us === null ? {} : { reply_us }),
  }
}

function showUsage({ cpu_us, peak_memory_bytes }: Pick<CallLogRow, 'cpu_us' | 'peak_memory_bytes'>) {
  if (cpu_us === null) return {}
  return { usage: { cpu_us, ...(peak_memory_bytes === null ? {} : { peak_memory_bytes }) } }
}
