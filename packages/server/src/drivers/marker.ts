/** Markers of listings: text that is safe in a URL and good for one folder alone. */
import { createHash } from 'node:crypto'
import { DriverError } from './driver.ts'

const folderDigestLength = 8

/** @param position where the next page goes on, in the driver's own words; not empty */
export function formatMarker(folder: string, position: string): string {
  return digestOf(folder) + Buffer.from(position).toString('base64url')
}

/**
 * Gives back the position.
 *
 * @throws DriverError invalid-marker for one of another folder, or text that is none
 */
export function parseMarker(folder: string, marker: string): string {
  const position = Buffer.from(marker.slice(folderDigestLength), 'base64url').toString()
  if (position === '' || formatMarker(folder, position) !== marker) {
    throw new DriverError('invalid-marker', 'The marker is not of a listing of this folder; list from the start again')
  }
  return position
}

function digestOf(folder: string): string {
  return createHash('sha256').update(folder).digest('base64url').slice(0, folderDigestLength)
}
