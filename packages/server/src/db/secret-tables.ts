/** Secrets, their values in this database, and the providers that keep them. */

/** Providers beside the built-in one, which has no row. */
export interface SecretProvidersTable {
  id: string
  name: string
  description: string
  module_name: string
  factory_class_name: string
  interface_version: string
  /** JSON of the configuration, sealed for this row; null without one. */
  sealed_configuration: string | null
  is_enabled: number
  /** When it was made the default; the latest of all is the default, and without any the built-in one. */
  default_since: string | null
  created_at: string
  modified_at: string
}

export interface SecretsTable {
  id: string
  owner_type: 'algorithm' | 'organization'
  owner_id: string
  provider_id: string
  /** How the provider calls the value; its own matter what that is. */
  value_id: string
  /** Counted against the room of the owner. */
  value_bytes: number
  /** Unique together with owner_id. */
  short_name: string
  description: string
  /** Name of the environment variable; unique together with owner_id. */
  secret_key: string
  created_at: string
  modified_at: string
  created_by: string
}

/** What the built-in provider keeps. */
export interface SecretValuesTable {
  id: string
  /** The value, sealed for this row. */
  sealed: string
  /** Another one with each change. */
  version: string
}
