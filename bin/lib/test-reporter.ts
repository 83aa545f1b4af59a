/**
 * Reporter of `node --test` for `bin/test`: writes one line of JSON for each test that failed and one with the counts, so that
 * a run of thousands can say at its end what failed, and in which files.
 */
import type { TestEvent } from 'node:test/reporters'

/** A test that failed by itself, not by one inside it. */
export interface Failure {
  readonly kind: 'failure'
  readonly name: string
  /** Absolute path of the file that was run, which may have taken the test from another. */
  readonly file: string
  readonly message: string
}

export interface Counts {
  readonly kind: 'counts'
  readonly passed: number
  /** Cancelled ones are failures. */
  readonly failed: number
}

async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    for (const line of linesOf(event)) yield `${JSON.stringify(line)}\n`
  }
}

function linesOf(event: TestEvent): (Failure | Counts)[] {
  if (event.type === 'test:interrupted') return event.data.tests.map(unfinished)
  if (event.type === 'test:fail') return failuresOf(event.data)
  // Each file has a summary as well; that of the run names none.
  if (event.type !== 'test:summary' || event.data.file !== undefined) return []
  const { passed, failed, cancelled } = event.data.counts as Record<string, number | undefined>
  return [{ kind: 'counts', passed: passed ?? 0, failed: (failed ?? 0) + (cancelled ?? 0) }]
}

function failuresOf(data: Extract<TestEvent, { type: 'test:fail' }>['data'] & { entryFile?: string }): Failure[] {
  const error = data.details.error as Error & { failureType?: string }
  if (error.failureType === 'subtestsFailed') return []
  const { cause } = error
  const message = cause instanceof Error ? cause.message : String(cause ?? error.message)
  return [{ kind: 'failure', name: data.name, file: data.entryFile ?? data.file ?? '', message }]
}

function unfinished({
  name,
  file,
}: Extract<TestEvent, { type: 'test:interrupted' }>['data']['tests'][number]): Failure {
  return { kind: 'failure', name, file: file ?? '', message: 'was not through when the run was ended' }
}

export { reporter as default }
