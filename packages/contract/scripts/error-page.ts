/** Prints docs/errors.md from the error table. Run `node packages/contract/scripts/error-page.ts` after changing it. */
import { writeFileSync } from 'node:fs'
import { type ErrorEntry, NUMBERED_ERRORS, ROUTE_ERRORS } from '../src/errors.ts'

/** Where the page lives. */
export const ERROR_PAGE = new URL('../../../docs/errors.md', import.meta.url)

const rowOf = ([name, entry]: [string, ErrorEntry]): string =>
  `| ${entry.code ?? '–'} | ${name} | ${entry.status} | ${entry.fault} | ${entry.message} |`

const tableOf = (entries: Record<string, ErrorEntry>): string =>
  ['| Code | Name | Status | Fault | Message |', '|---|---|---|---|---|', ...Object.entries(entries).map(rowOf)].join(
    '\n',
  )

/** The text of docs/errors.md. */
export function errorPage(): string {
  return `# Errors

<!-- Written by packages/contract/scripts/error-page.ts; change packages/contract/src/errors.ts instead. -->

An error reply is JSON with the status below: \`{"error":{"id":"…","code":1001,"message":"…"}}\`. Quote \`id\` when you report a
problem. The message says more than this list where more is known. Fault \`user\` means that the request has to change,
\`system\` that an operator finds the cause in the server's log.

## Numbered errors

${tableOf(NUMBERED_ERRORS)}

## Errors of calls, data and HTTP

These are not numbered, or repeat the number of their relative above.

${tableOf(ROUTE_ERRORS)}
`
}

if (import.meta.main) writeFileSync(ERROR_PAGE, errorPage())
