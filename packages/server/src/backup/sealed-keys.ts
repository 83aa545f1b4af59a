/**
 * What opens sealed values, and the credentials of the first administrator, under a passphrase: scrypt makes a key of it,
 * AES-256-GCM seals and authenticates. Bound to the backup they are in.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { BackupError, jsonBytes } from './format.ts'

export interface BackupKeys {
  /** 32 bytes as base64. */
  readonly masterKey: string
  /** Content of `bootstrap.json`; null when the operator has taken it away. */
  readonly bootstrap: string | null
}

interface Envelope {
  readonly kdf: 'scrypt'
  readonly cost: number
  readonly salt: string
  readonly nonce: string
  readonly tag: string
  readonly sealed: string
}

/** 128 MiB and about half a second for each guess. */
const COST = 2 ** 17
const BLOCK_SIZE = 8
const MAX_MEMORY_BYTES = 256 * 1024 * 1024
/** What somebody else may have written must not take the memory of this machine. */
const COSTS = [2 ** 16, 2 ** 17, 2 ** 18]
const SHORTEST = 12

/** @throws BackupError when it is too short to be one */
export function requireGoodPassphrase(passphrase: string): void {
  if (passphrase.length >= SHORTEST) return
  throw new BackupError(
    `The passphrase is too short: expected ${SHORTEST} characters or more, got ${passphrase.length}`,
  )
}

export async function sealKeys(keys: BackupKeys, passphrase: string, backupId: string): Promise<Buffer> {
  requireGoodPassphrase(passphrase)
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, salt, COST), nonce).setAAD(
    Buffer.from(backupId),
  )
  const sealed = Buffer.concat([cipher.update(JSON.stringify(keys), 'utf8'), cipher.final()])
  const envelope: Envelope = {
    kdf: 'scrypt',
    cost: COST,
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    sealed: sealed.toString('base64'),
  }
  return jsonBytes(envelope)
}

/** @throws BackupError when the passphrase is another one, or something was changed */
export async function openKeys(bytes: Buffer, passphrase: string, backupId: string): Promise<BackupKeys> {
  const { cost, salt, nonce, tag, sealed } = JSON.parse(bytes.toString()) as Envelope
  if (!COSTS.includes(cost)) throw new BackupError(`The keys of the backup ask for an unknown cost: ${cost}`)
  const key = await derive(passphrase, Buffer.from(salt, 'base64'), cost)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(backupId)).setAuthTag(Buffer.from(tag, 'base64'))
    const text = decipher.update(Buffer.from(sealed, 'base64'), undefined, 'utf8') + decipher.final('utf8')
    return JSON.parse(text) as BackupKeys
  } catch {
    throw new BackupError('The passphrase is not the one that the backup was made with')
  }
}

function derive(passphrase: string, salt: Buffer, cost: number): Promise<Buffer> {
  const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 2 * MAX_MEMORY_BYTES }
  return new Promise((settle, fail) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, options, (error, key) => (error ? fail(error) : settle(key)))
  })
}
