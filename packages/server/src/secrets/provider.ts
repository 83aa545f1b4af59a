/**
 * What keeps the values of secrets (platform.md 6). The platform knows of a value only the id that its provider gave it. A
 * new kind of provider is one file that makes this, and a line in open-provider.ts.
 */
import type { Database } from '../db/schema.ts'
import type { SecretBox } from '../secret-box.ts'

export interface SecretProvider {
  /** Values by their ids. @throws Error naming an id that it does not have; never with a value */
  get(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Another one after each update, the same until then. @throws Error naming an id that it does not have */
  version(id: string): Promise<string>
  /** @returns the id of the value */
  create(value: string): Promise<string>
  /** @returns the new version. @throws Error naming an id that it does not have */
  update(id: string, value: string): Promise<string>
  /** False: it has none of this id. */
  delete(id: string): Promise<boolean>
}

/** What a provider may use. */
export interface ProviderGround {
  /** The transaction that changes the secret itself: what a provider keeps in this database changes with it or not at all. */
  readonly db: Database
  readonly secretBox: SecretBox
}
