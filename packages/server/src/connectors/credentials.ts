/**
 * The credentials of a connector: parsed when they come in, kept sealed, shown without what is secret. Nothing here tries
 * whether a storage accepts them.
 */
import { createPrivateKey } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import {
  type CredentialType,
  IamCredentials,
  OAuthCredentials,
  SasCredentials,
  ServiceAccountCredentials,
  type StorageProtocol,
} from '@algorist/contract/shapes/connector.ts'
import { validateMember } from '@algorist/contract/validate.ts'
import type { SecretBox } from '../secret-box.ts'

/** Parsed; addresses are absolute, without query and without a slash at their end. */
export type Credentials =
  | { readonly type: 'iam'; readonly data: IamCredentials }
  | { readonly type: 'sas'; readonly data: Required<SasCredentials> }
  | { readonly type: 'serviceaccount'; readonly data: ServiceAccountCredentials }
  | { readonly type: 'oauth'; readonly data: OAuthCredentials }

const TYPE_OF: Readonly<Record<StorageProtocol, CredentialType>> = {
  s3: 'iam',
  azureblob: 'sas',
  gs: 'serviceaccount',
  dropbox: 'oauth',
}

const SCHEMAS = {
  iam: IamCredentials,
  sas: SasCredentials,
  serviceaccount: ServiceAccountCredentials,
  oauth: OAuthCredentials,
} as const

/** The members `protocol`, `cred_type` and `cred_data` of a request. */
export interface GivenCredentials {
  readonly protocol: StorageProtocol
  readonly type: CredentialType
  /** An object, or its JSON text. */
  readonly data: unknown
}

/** @throws ApiError InputValidationError that names the member and what was expected, and repeats no secret */
export function parseCredentials({ protocol, type, data }: GivenCredentials): Credentials {
  const expected = TYPE_OF[protocol]
  if (type !== expected) throw wrong('cred_type', `'${expected}' for a connector of kind ${protocol}, got '${type}'`)
  const members = typeof data === 'string' ? parseJson(data) : data
  switch (type) {
    case 'iam':
      return { type, data: withEndpoint(validateMember(IamCredentials, members, 'cred_data')) }
    case 'sas':
      return { type, data: splitSas(validateMember(SasCredentials, members, 'cred_data')) }
    case 'serviceaccount':
      return { type, data: withPrivateKey(validateMember(ServiceAccountCredentials, members, 'cred_data')) }
    case 'oauth':
      return { type, data: validateMember(OAuthCredentials, members, 'cred_data') }
  }
}

/** @param id of the row that keeps them */
export function sealCredentials(box: SecretBox, id: string, credentials: Credentials): string {
  return box.seal(JSON.stringify(credentials), id)
}

/** @throws Error when the text is of another row or another master key */
export function openCredentials(box: SecretBox, { id, sealed }: { id: string; sealed: string }): Credentials {
  return JSON.parse(box.open(sealed, id)) as Credentials
}

/** The members that the contract does not call secret. */
export function publicMembers({ type, data }: Credentials): Readonly<Record<string, string>> {
  // Narrow once: what `secret` of fields.ts makes of a member is not in its type.
  const properties = SCHEMAS[type].properties as Readonly<Record<string, { readonly format?: unknown }>>
  return Object.fromEntries(Object.entries(data).filter(([name]) => properties[name]?.format !== 'password'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong('cred_data', 'an object or its JSON text, got other text')
  }
}

function withEndpoint<Data extends { readonly endpoint?: string }>(data: Data): Data {
  if (data.endpoint === undefined) return data
  return { ...data, endpoint: addressOf(parseUrl('cred_data.endpoint', data.endpoint)) }
}

/** The address of a container with its signature, as portals show it, has all three members in one. */
function splitSas({ storage_uri, sas_token, container_name }: SasCredentials): Required<SasCredentials> {
  const url = parseUrl('cred_data.storage_uri', storage_uri)
  const token = (sas_token ?? url.search).replace(/^\?/, '')
  if (!new URLSearchParams(token).has('sig')) {
    throw wrong('cred_data.sas_token', 'a shared access signature, here or behind storage_uri (…?sv=…&sig=…), got none')
  }
  const address = addressOf(url)
  if (container_name !== undefined) return { storage_uri: address, sas_token: token, container_name }
  const container = /^(.+:\/\/[^/]+.*)\/([^/]+)$/.exec(address)
  if (!container) throw wrong('cred_data.container_name', 'the container, here or at the end of storage_uri, got none')
  const [, account = '', name = ''] = container
  return { storage_uri: account, sas_token: token, container_name: name }
}

function withPrivateKey(data: ServiceAccountCredentials): ServiceAccountCredentials {
  // Copied out of a key file, line ends are still escaped.
  const private_key = data.private_key.replaceAll('\\n', '\n')
  try {
    createPrivateKey(private_key)
  } catch {
    throw wrong('cred_data.private_key', 'a private key as PEM, as private_key of a key file has it')
  }
  if (data.token_uri !== undefined) parseUrl('cred_data.token_uri', data.token_uri)
  return withEndpoint({ ...data, private_key })
}

function parseUrl(name: string, text: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw wrong(name, 'an address such as https://storage.example.com')
  }
  return url
}

const addressOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`.replace(/\/+$/, '')

const wrong = (member: string, expected: string) =>
  new ApiError('InputValidationError', `${member}: expected ${expected}`)
