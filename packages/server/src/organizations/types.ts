/** Kinds of organizations: a name that clients look up, stored and shown, and nothing else (rest-api.md 3.5, rows 95–97). */
import { ApiError } from '@algorist/contract/errors.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { deleteType, insertType, selectTypes, type TypeRow } from './queries.ts'

type Uses = Pick<Services, 'db'>

export interface OrganizationType {
  readonly id: string
  readonly name: string
}

/** In the order of their names. */
export async function listTypes({ db }: Uses): Promise<OrganizationType[]> {
  return (await selectTypes(db)).map(({ id, name }) => ({ id, name }))
}

/** @throws ApiError OrganizationTypeAlreadyExists when the id or the name is taken */
export async function createType({ db }: Uses, { id, name }: OrganizationType): Promise<OrganizationType> {
  const row = { id: id.toLowerCase(), name, name_lower: name.toLowerCase(), created_at: new Date().toISOString() }
  try {
    await insertType(db, row)
  } catch (error) {
    const isTaken =
      isUniqueViolation(error, 'organization_types.id') || isUniqueViolation(error, 'organization_types.name_lower')
    throw isTaken ? new ApiError('OrganizationTypeAlreadyExists') : error
  }
  return { id: row.id, name }
}

/** Organizations of the type keep its id. @throws ApiError OrganizationTypeNotFound */
export async function removeType(services: Uses, name: string): Promise<void> {
  await deleteType(services.db, (await findType(services, name)).id)
}

/** By id or name, in any spelling. @throws ApiError OrganizationTypeNotFound */
export async function findType({ db }: Uses, nameOrId: string): Promise<TypeRow> {
  const wanted = nameOrId.toLowerCase()
  const found = (await selectTypes(db)).find(({ id, name_lower }) => id === wanted || name_lower === wanted)
  if (!found) throw new ApiError('OrganizationTypeNotFound')
  return found
}
