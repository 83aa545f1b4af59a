/**
 * Computes COVERAGE.md from the operation list: which operations are served, which of those a wire case covers, and
 * which are not served yet. `node conformance/coverage.ts > conformance/COVERAGE.md`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Operation } from '@algorist/contract/operation.ts'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { NOT_SERVED } from './not-served.ts'

const WIRE_FOLDER = join(import.meta.dirname, 'wire')

/** Ids of covered operations with the files that say so. Read from the sources: no case has to run for it. */
export function coveredOperations(): ReadonlyMap<string, readonly string[]> {
  const covered = new Map<string, string[]>()
  for (const file of readdirSync(WIRE_FOLDER).filter((name) => name.endsWith('.test.ts'))) {
    const calls = readFileSync(join(WIRE_FOLDER, file), 'utf8').matchAll(/^\s*covers\(([^)]*)\)/gm)
    for (const id of [...calls].flatMap(([, ids = '']) => [...ids.matchAll(/'(\w+)'/g)].map(([, id = '']) => id))) {
      const files = covered.get(id) ?? []
      if (!files.includes(file)) covered.set(id, [...files, file])
    }
  }
  return covered
}

/** The text of COVERAGE.md. */
export function coveragePage(): string {
  const covered = coveredOperations()
  const served = OPERATIONS.filter(({ id }) => !NOT_SERVED.has(id))
  const tested = served.filter(({ id }) => covered.has(id))
  const counts = `${OPERATIONS.length} operations: ${served.length} served, ${tested.length} of them tested on the wire, ${OPERATIONS.length - served.length} not yet.`
  return [
    '# Coverage',
    '',
    'Computed from the operation list by `node conformance/coverage.ts`; a test compares. The wire cases are in',
    '`conformance/wire/`. What is not served yet answers 501 with code 5005, which a case checks for each.',
    '',
    counts,
    '',
    '## Served',
    '',
    '| Operation | | Wire cases |',
    '|---|---|---|',
    ...served.map((operation) => `| ${heading(operation)} | ${filesOf(covered.get(operation.id))} |`),
    '',
    '## Not yet',
    '',
    '| Operation | | Wire cases of the part that is served |',
    '|---|---|---|',
    ...OPERATIONS.filter(({ id }) => NOT_SERVED.has(id)).map(
      (operation) => `| ${heading(operation)} | ${(covered.get(operation.id) ?? []).map(shortName).join(', ')} |`,
    ),
    '',
  ].join('\n')
}

function heading({ id, method, paths, addition }: Operation): string {
  return `${id}${addition ? ' (an addition)' : ''} | \`${method} ${paths[0]}\``
}

function filesOf(files: readonly string[] = []): string {
  return files.length === 0 ? '**none**' : files.map(shortName).join(', ')
}

const shortName = (file: string): string => file.replace('.test.ts', '')

if (import.meta.main) process.stdout.write(coveragePage())
