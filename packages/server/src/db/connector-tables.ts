/** The table of connectors: outside storage that an account reaches under its own addresses. */

export interface ConnectorsTable {
  id: string
  owner_id: string
  protocol: 's3' | 'dropbox' | 'azureblob' | 'gs'
  label: string
  /** Unique together with owner_id and protocol. */
  label_lower: string
  /** 1 for at most one per owner and protocol, which a unique index sees to. */
  is_default: number
  /** See connectors/path-glob.ts. */
  path_glob: string
  /** 1: write and delete too. */
  is_writeable: number
  cred_type: 'iam' | 'oauth' | 'sas' | 'serviceaccount'
  /** The credentials as JSON, sealed with the id as context. */
  sealed: string
  /** Raised when the owner gives other credentials, so that nobody goes on with a driver that has the old ones. */
  credentials_version: number
  created_at: string
  created_by: string
}
