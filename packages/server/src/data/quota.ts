/** How much an account may store, and how large one file may be. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { FilesTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'
import type { Services } from '../services.ts'
import { type DataOwners, type Sums, selectUsageOf } from './queries.ts'

export interface DataLimits {
  /** Together; null: no limit. */
  readonly bytesPerAccount: number | null
  /** Each; null: no limit. */
  readonly fileBytes: number | null
}

/** What a new content of a file may have, and why no more. */
export interface Room {
  readonly bytes: number
  readonly reason: string
}

/** What an account may have: its own limit, or everybody's. */
export function limitsOf({ config, quotas }: LimitUses, ownerId: string): DataLimits {
  return { ...config.data, bytesPerAccount: quotas.limitsOf(ownerId).dataBytes }
}

export type LimitUses = {
  readonly config: { readonly data: Pick<DataLimits, 'fileBytes'> }
  readonly quotas: Pick<Services['quotas'], 'limitsOf'>
}

/** Bytes of hosted data by account; those without any may be missing. */
export function usedBytesOf(db: Database, owners: DataOwners): Promise<ReadonlyMap<string, number>> {
  return selectUsageOf(db, owners)
}

/** @param replaced what the file has now, which is freed */
export function roomFor({ bytesPerAccount, fileBytes }: DataLimits, usage: Sums, replaced?: FilesTable): Room {
  const ofFile: Room = { bytes: fileBytes ?? Infinity, reason: `A file may have ${fileBytes} bytes here` }
  const used = usage.bytes - (replaced?.size_bytes ?? 0)
  const ofAccount: Room = {
    bytes: (bytesPerAccount ?? Infinity) - used,
    reason: `The files of an account may have ${bytesPerAccount} bytes together, and ${used} of them are in use; delete some`,
  }
  return ofAccount.bytes < ofFile.bytes ? ofAccount : ofFile
}

/** @throws ApiError PayloadTooLarge */
export function requireRoom({ bytes, reason }: Room, sizeBytes: number): void {
  if (sizeBytes > bytes) throw new ApiError('PayloadTooLarge', reason)
}

/** Passes a body on as long as there is room for it. */
export async function* limited(body: AsyncIterable<Uint8Array>, room: Room): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength
    requireRoom(room, sizeBytes)
    yield chunk
  }
}
