/** Configuration entries of the web pages: names with texts that anybody may read (rest-api.md 3.9). */
import { ApiError } from '@algorist/contract/errors.ts'
import { nameBefore, type Page } from '@algorist/contract/page.ts'
import type { Services } from '../services.ts'
import { deleteEntry, type EntryRow, selectEntries, selectEntry, upsertEntry } from './queries.ts'

type Uses = Pick<Services, 'db'>

const NAME = /^\w(?:[\w.-]*\w)$/
const MAX_NAME_LENGTH = 64

/** Entries by name, one more than the page holds. @throws ApiError InvalidMarker */
export async function listEntries({ db }: Uses, page: Page): Promise<EntryRow[]> {
  return selectEntries(db, { afterName: nameBefore(page), limit: page.limit + 1 })
}

/** @throws ApiError ConfigEntryNotFound */
export async function getEntry({ db }: Uses, name: string): Promise<EntryRow> {
  const row = await selectEntry(db, name)
  if (!row) throw new ApiError('ConfigEntryNotFound')
  return row
}

/**
 * Adds an entry or changes its text.
 * @throws ApiError InputValidationError for a name of another form, or one that is not the path's
 */
export async function setEntry(
  { db }: Uses,
  name: string,
  { keyname = name, value }: { readonly keyname?: string | undefined; readonly value: string },
): Promise<EntryRow> {
  if (keyname !== name) throw new ApiError('InputValidationError', `keyname: expected '${name}' as in the path`)
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) {
    const expected = `2 to ${MAX_NAME_LENGTH} letters, digits, _, - or ., the first and last neither - nor .`
    throw new ApiError('InputValidationError', `keyname: expected ${expected}, got '${name.slice(0, 100)}'`)
  }
  const now = new Date().toISOString()
  return upsertEntry(db, { name, value, created_at: now, updated_at: now })
}

/** @throws ApiError ConfigEntryNotFound */
export async function removeEntry({ db }: Uses, name: string): Promise<void> {
  if (!(await deleteEntry(db, name))) throw new ApiError('ConfigEntryNotFound')
}
