/** What the text of a key looks like: `sim` and 25 letters and digits (rest-api.md 1.3). */
import { randomInt } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const RANDOM_LENGTH = 25
/** As much as the console of old showed; of a short imported key no more than a third. */
const MASK_SHOWN = 9
const MASK_LENGTH = 28

/** A new key with 148 random bits. */
export function generateKey(): string {
  // randomInt draws again instead of folding, so every character is equally likely.
  return `sim${Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`
}

/** The first characters, the rest dots; always of the same length. */
export function maskOf(key: string): string {
  const shown = key.slice(0, Math.min(MASK_SHOWN, Math.floor(key.length / 3)))
  return shown.padEnd(MASK_LENGTH, '.')
}
