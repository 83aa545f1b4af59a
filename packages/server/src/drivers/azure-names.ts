/** Names of blobs for paths of the Azure driver. */
import { DriverError } from './driver.ts'

/** Of the names of what is in a folder. */
export function prefixOf(folder: string): string {
  return folder === '' ? '' : `${folder}/`
}

/**
 * Azure says that it may take a backslash for a slash and drop dots from the end of a segment, so that another file would be
 * written than was asked for.
 *
 * @throws DriverError invalid-path
 */
export function checkNewName(path: string): void {
  const isSafe = path !== '' && !path.includes('\\') && path.split('/').every((segment) => !segment.endsWith('.'))
  if (!isSafe || path.length > 1023) throw invalidName()
}

/** Says what names may be. */
export function invalidName(): DriverError {
  const rule = 'up to 1,023 characters, no backslash, and no part that ends with a dot'
  return new DriverError('invalid-path', `Azure Blob Storage cannot have a file or folder of this name: ${rule}`)
}
