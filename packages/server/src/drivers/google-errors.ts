/** What the answers of Google's JSON API mean, for whoever owns the connector. */
import { DriverError, type DriverProblem } from './driver.ts'

const SERVICE = 'Google Cloud Storage'
const MAX_MESSAGE_LENGTH = 300

interface Answer {
  readonly status: number
  /** Such as `notFound`. */
  readonly reason: string
  /** Names accounts, buckets and permissions; never a token. */
  readonly message: string
}

const BY_STATUS: Readonly<Record<number, readonly [DriverProblem, string]>> = {
  401: ['denied', 'Google did not accept the service account; create a new key for it and put it into the connector'],
  403: ['denied', 'Google refused; grant the service account a role on the bucket, such as Storage Object User'],
  404: ['not-found', 'Google found no such bucket or file'],
  408: ['timed-out', `${SERVICE} did not get the request in time; try again later`],
  410: ['unavailable', `${SERVICE} gave the upload up; send the file again`],
  412: ['busy', 'Somebody else changed the file at the same time; try again'],
  413: ['wrong-size', `The file is larger than ${SERVICE} takes`],
  416: ['not-found', 'The file became shorter meanwhile; look again'],
  429: ['busy', `${SERVICE} asks to slow down; try again later`],
  503: ['busy', `${SERVICE} asks to slow down; try again later`],
  504: ['timed-out', `${SERVICE} did not answer in time; try again later`],
}

/** The DriverError for an answer that is none of those hoped for. Reads its body. */
export async function asGoogleError(response: Response): Promise<DriverError> {
  const answer = parseAnswer(response.status, await response.text().catch(() => ''))
  if (isAboutRate(answer)) return new DriverError('busy', `${SERVICE} asks to slow down; try again later`)
  const [problem, meaning] = BY_STATUS[answer.status] ?? unexpected(answer)
  return new DriverError(problem, answer.message === '' ? meaning : `${meaning} (${answer.message})`)
}

function isAboutRate({ status, reason }: Answer): boolean {
  return status === 403 && /ratelimitexceeded$/i.test(reason)
}

function unexpected({ status }: Answer): readonly [DriverProblem, string] {
  if (status === 400) return ['invalid-path', `${SERVICE} cannot do this with a file or folder of this name`]
  return ['unavailable', `${SERVICE} answered with status ${status}; try again later`]
}

/** Downloads are refused in plain text, everything else as JSON. */
function parseAnswer(status: number, text: string): Answer {
  try {
    const { message, errors } = Object(Object(JSON.parse(text)).error)
    const [first] = Array.isArray(errors) ? errors : []
    return { status, reason: String(Object(first).reason ?? ''), message: shortened(String(message ?? '')) }
  } catch {
    return { status, reason: '', message: '' }
  }
}

/** On one line. */
function shortened(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE_LENGTH)
}
