/** What is known of a call, in sentences. */
import type { CallEntry, StartCause } from '@algorist/contract/shapes/logged-call.ts'
import type { LaterCall, SessionCall } from './explain.ts'

/** @param isContentKept false where the owner of the algorithm wants none kept */
export function aboutCall(call: CallEntry, isContentMissing: boolean): string[] {
  const { algorithm, version, caller, depth, session_id } = call
  const place = depth === 0 ? 'the root of its session' : `at depth ${depth} of the session of ${session_id}`
  return [
    `${call.request_id}: ${caller} called ${algorithm.owner}/${algorithm.name ?? `${algorithm.id} (deleted)`} ${version}, ${place}.`,
    `It ended at ${call.ended_at}: ${ending(call)}.`,
    `It took ${duration(call.timing)}.`,
    ...aboutUsage(call),
    `Its input had ${call.input_bytes} bytes (${call.content_type})${call.input === undefined ? '' : `: ${hanging(call.input)}`}`,
    ...(call.outcome === 'succeeded' ? [`Its result had ${call.answer_bytes} bytes.`] : []),
    ...(call.message === undefined ? [] : [`Message: ${hanging(call.message)}`]),
    ...(call.stacktrace === undefined ? [] : [`Stack trace:\n${indented(call.stacktrace)}`]),
    ...(call.output === undefined ? [] : [`It printed:\n${indented(call.output)}`]),
    ...(isContentMissing ? ['The owner of the algorithm keeps neither inputs nor outputs nor messages.'] : []),
  ]
}

function ending({ outcome, error_type }: CallEntry): string {
  switch (outcome) {
    case 'succeeded':
      return 'it succeeded'
    case 'timed-out':
      return 'its time was over'
    case 'stopped':
      return 'it was stopped'
    default:
      return `it failed with ${error_type ?? 'an error'}`
  }
}

type Timing = CallEntry['timing']

function duration(timing: Timing): string {
  const { accept_us, wait_us, start_us, start_cause, load_us, run_us, reply_us } = timing
  const why = start_cause === undefined ? '' : ` (${START_CAUSES[start_cause]})`
  const parts = [
    ...(accept_us === undefined ? [] : [`${ms(accept_us)} until it was accepted`]),
    `${ms(wait_us)} waiting for a worker`,
    `${ms(start_us)} starting one${why}`,
    `${ms(load_us)} loading the algorithm`,
    `${ms(run_us)} running`,
    ...(reply_us === undefined ? [] : [`${ms(reply_us)} making the answer`]),
  ]
  return `${ms(totalUs(timing))}: ${parts.join(', ')}`
}

function totalUs({ accept_us = 0, wait_us, start_us, load_us, run_us, reply_us = 0 }: Timing): number {
  return accept_us + wait_us + start_us + load_us + run_us + reply_us
}

const START_CAUSES: Readonly<Record<StartCause, string>> = {
  first: 'first: its caller had none of this version before',
  deployed: 'deployed: its caller had one of another build',
  scaled: 'scaled: its caller’s others were busy, or not ready either',
  evicted: 'evicted: the one before had been idle for long, or made room for others',
  recycled: 'recycled: the one before ended since secrets, settings or its age wanted that',
  crashed: 'crashed: the one before ended by itself, or was stopped with its call',
}

function aboutUsage({ usage }: CallEntry): string[] {
  if (usage === undefined) return []
  const memory = usage.peak_memory_bytes
  const most =
    memory === undefined ? '' : `; its worker had used ${(memory / 1024 ** 2).toFixed(1)} MiB of memory at most`
  return [`It used ${ms(usage.cpu_us)} of processor time${most}.`]
}

export function aboutLater({ status, accepted_at, started_at, finished_at }: LaterCall, isLogged: boolean): string[] {
  const began = started_at === null ? '' : `, began to run at ${started_at}`
  const end = finished_at === null ? '' : `, ended at ${finished_at}`
  const hint = status === 'queued' && !isLogged ? ' It waits for its turn; accounts take turns.' : ''
  return [`It was to run later: accepted at ${accepted_at}${began}${end}; it is ${status}.${hint}`]
}

/** The tree of calls, each below the one it was made under as far as its depth tells. */
export function aboutSession(session: readonly SessionCall[]): string[] {
  if (session.length < 2) return []
  const lines = session.map((each) => {
    const took = ms(totalUs(each.timing))
    const error = each.error_type === undefined ? '' : ` (${each.error_type})`
    return `${'  '.repeat(each.depth + 1)}${each.request_id} ${each.algorithm} ${each.version}: ${each.outcome}${error}, ${took}`
  })
  return [`Its session, by the start of each call:\n${lines.join('\n')}`]
}

function ms(us: number): string {
  return us >= 10_000_000 ? `${(us / 1_000_000).toFixed(1)} s` : `${(us / 1000).toFixed(1)} ms`
}

/** Further lines stand below the first: none of them can pass for a sentence of ours. */
const hanging = (text: string): string => indented(text).trimStart()

const indented = (text: string): string => text.trimEnd().replace(/\r\n?/g, '\n').replace(/^/gm, '  ')
