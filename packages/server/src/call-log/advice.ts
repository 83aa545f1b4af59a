/** What to do about a call that ended badly, or late: the usual causes, in sentences for people. */
import type { CallLogRow } from '../db/call-log-rows.ts'
import { type PartsOfRow, untilAnswerUs } from './log-row.ts'

type Told = Pick<CallLogRow, 'outcome' | 'error_type' | 'message' | 'stacktrace'> & PartsOfRow

const SLOW_US = 1_000_000

/** By the type of the error; a type of the author's own is explained by its stack trace. */
const BY_TYPE: Readonly<Record<string, string>> = {
  OutOfMemoryError:
    'Its worker needed more memory than it may use. Let it hold less at a time, or raise memory_mib of settings.limits; the server allows at most ALGORIST_WORKER_MEMORY_MIB.',
  LoadingError:
    'The algorithm could not be loaded, so apply was never called. Look at its imports and at what load does; the stack trace and what it printed say where.',
  TooLargeError:
    'The result is larger than the server takes (ALGORIST_CALL_RESULT_BYTES). Write large results to a data collection and answer with their address.',
  ParsingError: 'The input was not what the algorithm could read. Compare it with the sample input of the version.',
  PaymentRequiredError: 'The account has used up what it may use.',
  SystemError: 'This is the fault of the platform: look at the log of the server at that time.',
}

const RESTARTED =
  'The server ended while it ran. Call again; a call with an Idempotency-Key is run again by the next server.'
const CANCELLED = 'Somebody cancelled it, with DELETE /v1/calls/… or because its session ended.'
const EXITED =
  'The process of the algorithm ended by itself. Look for sys.exit, a crash of a native library, and what it printed last.'

/** Sentences; none for a call that went well and fast. */
export function adviceFor(call: Told): string[] {
  return [...aboutEnd(call), ...aboutTime(call)]
}

function aboutEnd({ outcome, error_type, message, stacktrace }: Told): string[] {
  if (outcome === 'succeeded') return []
  if (outcome === 'timed-out') {
    return [
      'It was ended at its deadline. Where its time went is above; ask for more with ?timeout=SECONDS (3000 at most), or do less in one call.',
    ]
  }
  if (outcome === 'stopped') return [message === 'server restarted' ? RESTARTED : CANCELLED]
  if (error_type === 'SystemExit') return [EXITED]
  const known = BY_TYPE[error_type ?? '']
  if (known) return [known]
  const trace = stacktrace === null ? 'It left no stack trace' : 'The last lines of the stack trace name the place'
  return [`The algorithm itself failed. ${trace}; the author of the algorithm is who can change that.`]
}

function aboutTime(call: PartsOfRow): string[] {
  const total = untilAnswerUs(call)
  if (total < SLOW_US) return []
  if ((call.accept_us ?? 0) > total / 2) {
    return [
      'Most of its time its input was on the way: the connection of its caller is slow. Send less, or put large inputs into a data collection once.',
    ]
  }
  if (call.wait_us > total / 2) {
    return [
      'Most of its time it waited for a worker: more were called at a time than may run. Allow more workers (ALGORIST_WORKERS_PER_VERSION, ALGORIST_WORKERS_TOTAL), or call less at a time.',
    ]
  }
  if (call.start_us + (call.load_us ?? 0) > total / 2) {
    return [
      'Most of its time went into starting a worker and loading the algorithm. Load less, or keep workers for longer (ALGORIST_WORKER_IDLE_SECONDS).',
    ]
  }
  return []
}
