/**
 * Icon and logo of the web pages. What is uploaded is recognised by its first bytes, never by what the client says; SVG is
 * refused, since it is a document with scripts (design.md 7).
 */
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { Services } from '../services.ts'
import { deletePicture, type Picture, type PictureName, selectPicture, upsertPicture } from './queries.ts'

type Uses = Pick<Services, 'db'>

/** Largest upload and the error for more; a logo may have 1 MB (platform.md 1.2). */
const LIMITS: Readonly<Record<PictureName, { readonly sizeBytes: number; readonly error: ErrorName }>> = {
  favicon: { sizeBytes: 100 * 1024, error: 'FaviconSizeLimitExceeded' },
  logo: { sizeBytes: 1_000_000, error: 'LogoSizeLimitExceeded' },
}

/** First bytes, in hex. */
const SIGNATURES: readonly { readonly type: string; readonly start: RegExp }[] = [
  { type: 'image/png', start: /^89504e470d0a1a0a/ },
  { type: 'image/jpeg', start: /^ffd8ff/ },
  { type: 'image/gif', start: /^47494638(37|39)61/ },
  { type: 'image/webp', start: /^52494646.{8}57454250/ },
  { type: 'image/x-icon', start: /^00000100/ },
]

export function getPicture({ db }: Uses, name: PictureName): Promise<Picture | undefined> {
  return selectPicture(db, name)
}

/**
 * Stores the one file of an uploaded form, or the body itself when it is a picture.
 * @throws ApiError InvalidFileUpload, FaviconSizeLimitExceeded, LogoSizeLimitExceeded
 */
export async function setPicture(
  { db }: Uses,
  name: PictureName,
  upload: { readonly contentType: string; readonly bytes: Buffer },
): Promise<void> {
  const bytes = await fileOf(upload)
  const { sizeBytes, error } = LIMITS[name]
  if (bytes.length > sizeBytes) {
    throw new ApiError(error, `Expected at most ${sizeBytes} bytes, got ${bytes.length}`)
  }
  const head = bytes.subarray(0, 16).toString('hex')
  const found = SIGNATURES.find(({ start }) => start.test(head))
  if (!found) throw new ApiError('InvalidFileUpload', 'Expected a PNG, JPEG, GIF, WebP or ICO picture')
  await upsertPicture(db, { name, content_type: found.type, updated_at: new Date().toISOString(), bytes })
}

/** Nothing happens when there is none. */
export async function removePicture({ db }: Uses, name: PictureName): Promise<void> {
  await deletePicture(db, name)
}

/** The first file of a form, under whatever name. */
async function fileOf({ contentType, bytes }: { contentType: string; bytes: Buffer }): Promise<Buffer> {
  if (!/^multipart\/form-data/i.test(contentType)) return bytes
  const form = await new Response(bytes, { headers: { 'Content-Type': contentType } }).formData().catch((cause) => {
    throw new ApiError('InvalidFileUpload', 'The form cannot be read; expected multipart/form-data with one file', {
      cause,
    })
  })
  for (const value of form.values()) if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer())
  throw new ApiError('InvalidFileUpload', 'Expected a form with one file, got one without')
}
