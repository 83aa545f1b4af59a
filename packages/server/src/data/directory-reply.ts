/** A directory as the wire has it (rest-api.md 5.5): members in this order, both lists always there. */
import type { ServerResponse } from 'node:http'
import type { FileEntry } from '../drivers/driver.ts'
import type { DirectoryPage, WireAcl } from './place.ts'

export interface ShownDirectory extends DirectoryPage {
  /** Left out when undefined, as is the marker. */
  readonly acl: WireAcl | undefined
}

export function sendDirectory(response: ServerResponse, directory: ShownDirectory, isHead: boolean): void {
  const body = Buffer.from(formatDirectory(directory))
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'X-Data-Type': 'directory',
  })
  response.end(isHead ? undefined : body)
}

export function formatDirectory({ folders, files, marker, acl }: ShownDirectory): string {
  return JSON.stringify({
    folders: folders.map((name) => ({ name })),
    files: files.map(formatFile),
    marker,
    acl: acl && { read: acl },
  })
}

const formatFile = ({ name, modifiedAt, sizeBytes }: FileEntry) => ({
  filename: name,
  last_modified: wholeSeconds(modifiedAt),
  size: sizeBytes,
})

/** Two clients read the fraction as the literal `.000` (rest-api.md 1.10). */
const wholeSeconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, '.000Z')
