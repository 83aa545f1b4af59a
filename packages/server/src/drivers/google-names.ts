/** Paths of the Google driver: the bucket is the first part, the rest is the name of an object. */
import { DriverError } from './driver.ts'

interface ObjectName {
  readonly bucket: string
  readonly name: string
}

function splitPath(path: string): ObjectName {
  const slash = path.indexOf('/')
  return slash < 0 ? { bucket: path, name: '' } : { bucket: path.slice(0, slash), name: path.slice(slash + 1) }
}

/** Of the names of what is in a folder. */
export function parseFolder(folder: string): { readonly bucket: string; readonly prefix: string } {
  const { bucket, name } = splitPath(folder)
  return { bucket, prefix: name === '' ? '' : `${name}/` }
}

/** Whether the path names a bucket and nothing in it. */
export function isBucket(path: string): boolean {
  return path !== '' && !path.includes('/')
}

/** By Google's rules, near enough to be safe in an address. */
export function isBucketName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(text)
}

/** Dots alone would leave the folder of objects in the address. */
function isObjectName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..'
}

/** Path of the object in the API; undefined where no object can be. */
export function objectAt(path: string): string | undefined {
  const { bucket, name } = splitPath(path)
  if (!isBucketName(bucket) || !isObjectName(name)) return undefined
  return `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`
}

/** The object to create. @throws DriverError invalid-path */
export function parseNewName(path: string): ObjectName {
  const { bucket, name } = splitPath(path)
  if (!isBucketName(bucket)) {
    throw new DriverError(
      'invalid-path',
      'The first part of the path is no name of a bucket; expected gs://BUCKET/FILE',
    )
  }
  const isRefused =
    /[\r\n]/.test(name) || name.startsWith('.well-known/acme-challenge/') || Buffer.byteLength(name) > 1024
  if (!isObjectName(name) || isRefused) {
    const rule = 'a bucket and 1 to 1,024 bytes of UTF-8 without line breaks'
    throw new DriverError('invalid-path', `Google Cloud Storage cannot have a file or folder of this name: ${rule}`)
  }
  return { bucket, name }
}
