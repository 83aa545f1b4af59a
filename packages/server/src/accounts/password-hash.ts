/** Hashing of passwords with argon2id, off the main thread, in the PHC text form. Who has which password is elsewhere. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const argon2Async = promisify(argon2)

/** The smallest cost that OWASP recommends; about 40 ms and 19 MiB for each try. */
const COST = { memoryKib: 19_456, passes: 2, parallelism: 1 }
const TAG_BYTES = 32
const SALT_BYTES = 16

interface Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

/** Hashes a password: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, COST, TAG_BYTES)
  const cost = `m=${COST.memoryKib},t=${COST.passes},p=${COST.parallelism}`
  return `$argon2id$v=19$${cost}$${unpadded(salt)}$${unpadded(hash)}`
}

/**
 * True when `password` is the one that was hashed; the comparison takes the same time wherever they differ.
 *
 * @throws Error when `phc` is no argon2id hash, which means a damaged database
 */
export async function isPassword(password: string, phc: string): Promise<boolean> {
  const parsed = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc)
  const [, memoryKib, passes, parallelism, salt, hash] = parsed ?? []
  if (!salt || !hash) throw new Error('A stored password hash is not in argon2id form')
  const cost = { memoryKib: Number(memoryKib), passes: Number(passes), parallelism: Number(parallelism) }
  const expected = Buffer.from(hash, 'base64')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), cost, expected.length), expected)
}

async function derive(password: string, nonce: Buffer, cost: Cost, tagLength: number): Promise<Buffer> {
  const { memoryKib: memory, passes, parallelism } = cost
  return argon2Async('argon2id', { message: Buffer.from(password), nonce, memory, passes, parallelism, tagLength })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
