/** Tables of hosted data: collections and their files. The content is in objects (data/objects.ts). */

/** Who may read a collection besides its owner (rest-api.md 5.4). */
export type CollectionAcl = 'private' | 'my_algorithms' | 'public'

export interface CollectionsTable {
  id: string
  /** Whose data it is. No foreign key: what is deleted keeps its row until its objects are gone. */
  owner_id: string
  /**
   * Empty for those with a name of their own, `algo:<algorithm id>` for `temp` and `perm` of an algorithm,
   * `session:<request id of the root call>`, and `retired:<own id>` once deleted.
   */
  scope: string
  name: string
  /** Unique together with owner_id and scope. */
  name_lower: string
  acl: CollectionAcl
  created_at: string
}

export interface FilesTable {
  /** Primary key together with name. */
  collection_id: string
  /** Compared byte by byte. */
  name: string
  size_bytes: number
  /** CRC-32 of the content, unsigned. */
  crc32: number
  /** Unique; names the object with the content and changes with it, so it is the ETag as well. */
  object_id: string
  modified_at: string
}

/** Sums over the files of an owner; whoever changes the owner's data holds this row. */
export interface DataUsageTable {
  owner_id: string
  bytes: number
  files: number
}
