/** Pages of a folder of a bucket, which S3 tells as what keys have in common up to the next slash. */
import type { ListObjectsV2Output } from '@aws-sdk/client-s3'
import { DriverError, type Listing, type ListOptions } from './driver.ts'
import { listFoldersFirst, type StoragePage } from './folders-first.ts'
import type { S3Session } from './s3-session.ts'

export interface S3Folder {
  readonly bucket: string
  /** What the keys of all in it begin with: empty, or with a slash at its end. */
  readonly prefix: string
  /** It is there even when nothing is in it. */
  readonly isRoot: boolean
}

/** @throws DriverError not-found, invalid-marker */
export async function listFolder(
  session: S3Session,
  { bucket, prefix, isRoot }: S3Folder,
  { marker, limit, signal }: ListOptions,
): Promise<Listing> {
  return listFoldersFirst(`${bucket}/${prefix}`, { marker, limit }, async (token) => {
    // Encoded, since XML cannot have all characters that keys can.
    const folder = { Bucket: bucket, Prefix: prefix, Delimiter: '/', EncodingType: 'url' as const }
    const what = { ...folder, ContinuationToken: token }
    const output = await session.request({ bucket, signal, send: (s3, options) => s3.listObjectsV2(what, options) })
    // A page that goes on behind another one may find that all was deleted meanwhile.
    if (!isRoot && marker === undefined && token === undefined && isNothing(output)) {
      throw new DriverError('not-found', 'There is no such folder')
    }
    return pageOf(output, prefix)
  })
}

/** Not even the object that stands for the folder. */
function isNothing({ CommonPrefixes = [], Contents = [] }: ListObjectsV2Output): boolean {
  return CommonPrefixes.length === 0 && Contents.length === 0
}

function pageOf(output: ListObjectsV2Output, prefix: string): StoragePage {
  const nameOf = (encodedKey = ''): string => decodeKey(encodedKey).slice(prefix.length)
  const { CommonPrefixes = [], Contents = [] } = output
  const folders = CommonPrefixes.map(({ Prefix }) => nameOf(Prefix).slice(0, -1))
  const files = Contents.map(({ Key, Size = 0, LastModified = new Date(0), ETag = '' }) => ({
    name: nameOf(Key),
    sizeBytes: Size,
    modifiedAt: LastModified,
    etag: withoutQuotes(ETag),
  }))
  return {
    // A folder without a name, as of `a//b`, has no address of its own: whoever descended into it would be where they were.
    folders: folders.filter((name) => name !== ''),
    // The object that stands for the folder itself has no name in it.
    files: files.filter(({ name }) => name !== ''),
    next: output.IsTruncated === true ? output.NextContinuationToken : undefined,
  }
}

/** As forms are encoded, so spaces are pluses. */
const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '))

/** As headers and listings have an ETag, and drivers do not. */
export const withoutQuotes = (etag: string): string => etag.replaceAll('"', '')
