/** An S3 server that is not ours, and this server with its data there: as its own store, and as a connector. */
import { prepareS3Server, type S3Server, startS3Server } from '../../packages/server/src/drivers/testing/s3-server.ts'
import type { Account } from './accounts.ts'
import { curlJson } from './curl.ts'
import type { Target } from './server.ts'

export type S3Access = Omit<S3Server, 'stop'>

/** @throws Error where it cannot be installed, with the reason */
export async function openS3Server(): Promise<S3Server> {
  const prepared = await prepareS3Server()
  if ('unavailable' in prepared) throw new Error(prepared.unavailable)
  return startS3Server(prepared.folder)
}

/** The settings of a server that keeps its hosted data there. */
export function storeSettings({ endpoint, bucket, region, credentials }: S3Access): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials
  const login = `${encodeURIComponent(accessKeyId)}:${encodeURIComponent(secretAccessKey)}`
  const options = new URLSearchParams({ endpoint, region })
  return { ALGORIST_DATA_STORE: `s3://${login}@${bucket}?${options}` }
}

/** The settings of a server that may connect to this machine. */
export const CONNECTS_TO_LOOPBACK: Readonly<Record<string, string>> = { ALGORIST_EGRESS_ALLOW: '127.0.0.1' }

export interface S3Connector extends Pick<S3Access, 'endpoint' | 'region' | 'credentials'> {
  readonly label: string
  /** Everything unless given. */
  readonly path?: string
  /** It is, unless told. */
  readonly writeable?: boolean
}

/** Gives an account a connector; its address is `s3+LABEL`. */
export async function connectS3(
  target: Target,
  { username, key }: Account,
  { label, path = '*', writeable = true, endpoint, region, credentials }: S3Connector,
): Promise<void> {
  const { accessKeyId, secretAccessKey } = credentials
  const data = { access_key_id: accessKeyId, secret_access_key: secretAccessKey, region, endpoint }
  const json = { protocol: 's3', cred_type: 'iam', cred_data: data, label, path, writeable }
  await curlJson('POST', `${target.url}/v1/users/${username}/connectors`, { key, json })
}
