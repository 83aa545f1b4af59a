/** Secrets and their providers. */

export interface SecretProvidersTable {
  id: string
  name: string
  description: string
  module_name: string
  factory_class_name: string
  interface_version: string
  /** JSON of the configuration, sealed; null without one. */
  sealed_configuration: string | null
  is_enabled: number
  is_default: number
  created_at: string
  modified_at: string
}

export interface SecretsTable {
  id: string
  owner_type: 'algorithm' | 'organization'
  owner_id: string
  provider_id: string
  /** Unique together with owner_id. */
  short_name: string
  description: string
  /** Name of the environment variable; unique together with owner_id. */
  secret_key: string
  /** The value, sealed for this row. */
  sealed: string
  created_at: string
  modified_at: string
  created_by: string
}
