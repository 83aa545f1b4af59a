/** What Dropbox's refusals mean (https://www.dropbox.com/developers/documentation/http/documentation#error-handling). */
import { DriverError, type DriverProblem } from './driver.ts'
import { asConnectionError } from './provider-errors.ts'

/** A reply that is no success, as the SDK and our own requests have it. */
export interface Refusal {
  readonly status: number
  readonly headers: Headers
  /** Parsed, where it is JSON. */
  readonly error: unknown
}

interface Meaning {
  readonly problem: DriverProblem
  readonly message: string
}

/** By the tags of the error from outside in; the first that fits counts. */
const MEANINGS: readonly (readonly [tags: RegExp, problem: DriverProblem, message: string])[] = [
  [/^path(_lookup)?\/(not_found|not_file|not_folder)$/, 'not-found', 'there is nothing of this kind at the path'],
  [/\/(malformed_path|disallowed_name)$/, 'invalid-path', 'no file or folder can have this name; choose another'],
  [/\/conflict\/file(_ancestor)?$/, 'invalid-path', 'a file is where a folder should be'],
  [/\/conflict\b/, 'invalid-path', 'a folder is where the file should be'],
  [
    /(insufficient_space|insufficient_quota|upload_traffic_limit_reached)$/,
    'full',
    'there is no room for more; delete something',
  ],
  [/(too_many_write_operations|reset)$/, 'busy', 'others change this account at the moment; try again'],
  [/(payload_too_large|too_large)$/, 'wrong-size', 'the file is larger than it takes'],
  [
    /\/(no_write_permission|access_restricted|restricted_content|team_folder|locked|operation_suppressed)$/,
    'denied',
    'the account may not do this here',
  ],
  [/(unsupported_file|unsupported_content_type)$/, 'denied', 'files of this kind can only be opened on its own site'],
]

/** By the status, where the body says nothing. */
const STATUSES: Readonly<Partial<Record<number, Meaning>>> = {
  400: { problem: 'unavailable', message: 'it did not understand the request' },
  401: { problem: 'denied', message: 'the access token is not valid any more; connect the account again' },
  403: { problem: 'denied', message: 'the account or the app may not do this' },
  429: { problem: 'busy', message: 'too many requests; try again' },
}

const FAILED: Meaning = { problem: 'unavailable', message: 'it failed; try again later' }

/** The same as a DriverError. Its message has Dropbox's own tags and never a part of the request. */
export function refusalError({ status, headers, error }: Refusal): DriverError {
  const tags = tagsOf(error)
  const [, problem, message] = MEANINGS.find(([pattern]) => pattern.test(tags)) ?? []
  const meaning = problem && message ? { problem, message } : (STATUSES[status] ?? FAILED)
  const wait = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')
  const when = wait ? ` in ${wait[0]} s` : ''
  return new DriverError(
    meaning.problem,
    `Dropbox answered ${status}: ${meaning.message}${when}${tags && ` (${tags})`}`,
  )
}

/** The error of a request that got no reply, or only half of one. */
export function connectionError(error: unknown): DriverError {
  return asConnectionError(error, 'Dropbox')
}

/** `path/conflict/folder` of nested unions; the empty text where there are none. */
export function tagsOf(body: unknown): string {
  const tags: string[] = []
  let at = member(body, 'error')
  while (typeof at === 'object' && at !== null && tags.length < 8) {
    const tag = member(at, '.tag')
    // Structures that are members of a union have their own members beside the tag.
    if (typeof tag === 'string' && /^\w{1,64}$/.test(tag)) tags.push(tag)
    else break
    at = member(at, tag) ?? member(at, 'reason')
  }
  return tags.join('/')
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
