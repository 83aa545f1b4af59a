/** Entries of the call log; an addition of ours. What is not known, or not kept, is left out. */
import Type, { type Static } from 'typebox'
import { choice, flag, group, maybe, text, time, uuid, whole } from '../fields.ts'

export const CALL_OUTCOMES = ['succeeded', 'failed', 'timed-out', 'stopped'] as const

/** Why a worker was started that a call waited for. */
export const START_CAUSES = ['first', 'deployed', 'scaled', 'evicted', 'recycled', 'crashed'] as const
export type StartCause = (typeof START_CAUSES)[number]

const members = {
  request_id: text('Id of the call', 'req-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
  session_id: text('Id of the root call that it was made under', 'req-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
  depth: whole('How deep below the root call; 0 for the root call itself', 0),
  caller: text('Account that called and pays', 'jane_doe'),
  version: text('Version that ran, or the commit of an unpublished build', '0.1.0'),
  ended_at: time('When it ended'),
  outcome: choice(CALL_OUTCOMES, 'How it ended; `stopped`: cancelled, or ended with the server'),
  error_type: maybe(text('Type of its error', 'AlgorithmError')),
  message: maybe(text('Message of its error', 'boom')),
}

const sizes = {
  content_type: text('Kind of its input', 'json'),
  input_bytes: whole('Size of the input', 10),
  answer_bytes: whole('Size of the result; 0 when it failed', 16),
  timing: group('Where its time went, in microseconds', {
    accept_us: maybe(whole('Who calls, what, and its input; absent where no caller waited', 90)),
    wait_us: whole('Waiting for a worker', 0),
    start_us: whole('Starting the process of a worker; 0 with a warm one', 0),
    start_cause: maybe(choice(START_CAUSES, 'Why it was started; absent with a warm one')),
    load_us: whole('Loading the algorithm; 0 with a warm worker', 0),
    run_us: whole('Running', 1040),
    reply_us: maybe(whole('Making the answer; absent where no caller waited', 40)),
  }),
  usage: maybe(
    group('What it used, where the host counts it', {
      cpu_us: whole('Processor time in microseconds', 980),
      peak_memory_bytes: maybe(whole('Most memory of its worker so far', 16_777_216)),
    }),
  ),
}

export const LoggedCall = Type.Object({
  ...members,
  has_output: flag('Whether it printed something that is kept', false),
  ...sizes,
})
export type LoggedCall = Static<typeof LoggedCall>

export const CallEntry = Type.Object({
  ...members,
  algorithm: group('What was called', {
    id: uuid('Its id'),
    owner: text('Its owner', 'demo'),
    name: maybe(text('Its name; absent when it was deleted', 'Hello')),
  }),
  build_id: maybe(uuid('Build that ran')),
  stacktrace: maybe(text('Stack trace of the error', 'File "Hello.py", line 1, in apply')),
  input: maybe(text('First 128 characters of the input', '"HAL 9000"')),
  output: maybe(text('What it printed on both streams; of long outputs the beginning and the end', 'hello\n')),
  has_output: maybe(flag('Whether it printed something that is kept', false)),
  ...sizes,
})
export type CallEntry = Static<typeof CallEntry>
