/** How secrets of cookies and links are stored: random enough that a plain hash cannot be turned back. */
import { hash } from 'node:crypto'

/** SHA-256 in hex. */
export function secretDigest(secret: string): string {
  return hash('sha256', secret, 'hex')
}
