/** What drivers of storage providers say when no answer came, and how they hand on streams that may break. */
import type { Readable } from 'node:stream'
import { DriverError } from './driver.ts'

/**
 * The error of a request that got no answer.
 *
 * @param service as the owner of the connector knows it, without secrets
 */
export function asConnectionError(error: unknown, service: string): DriverError {
  if (error instanceof DriverError) return error
  const { name, problem, code } = (error ?? {}) as { name?: unknown; problem?: unknown; code?: unknown }
  if (problem === 'TimedOut' || name === 'TimeoutError' || code === 'ETIMEDOUT') {
    return new DriverError('timed-out', `${service} did not answer in time; try again later`, error)
  }
  const why = isForPeople(error) ? `: ${error.message}` : typeof code === 'string' ? ` (${code})` : ''
  const advice = 'Try again, and check its address if the connector has one'
  return new DriverError('unavailable', `${service} could not be reached${why}. ${advice}`, error)
}

/** Errors of the egress gate are worded for whoever chose the address; others may name addresses of the operator's network. */
function isForPeople(error: unknown): error is Error {
  return error instanceof Error && error.name === 'EgressError'
}

/** Destroys the source's reader with `translate(error)` when the source fails. */
export async function* translatingErrors(
  source: Readable,
  translate: (error: unknown) => unknown,
): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of source) yield chunk as Buffer
  } catch (error) {
    throw translate(error)
  }
}
