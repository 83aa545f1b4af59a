/**
 * What an operator lets sandboxes reach beyond the public internet (design.md 5 "Network"): how an entry is written and
 * what it means. Whether an address is public is public-addresses.ts; names are resolved by whoever uses the list.
 */
import { type AddressRange, parseAddressRange } from './public-addresses.ts'

/** One entry of an allow list. */
export interface AllowEntry {
  /** Addresses, or a host name in small letters. */
  readonly target: AddressRange | string
  /** The only port that is meant; null for all. */
  readonly port: number | null
}

/** Labels of letters, digits, `-` and `_`; the last is no number, so that no broken address is taken for a name. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i

/**
 * Reads `10.1.2.3`, `10.0.0.0/8:443`, `fd00::5`, `[fd00::5]:443`, `[fd00::/8]:443`, `host` or `host:443`; undefined if the
 * text is none of these.
 */
export function parseAllowEntry(text: string): AllowEntry | undefined {
  const range = parseAddressRange(text)
  if (range) return { target: range, port: null }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^[\]:]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? null : Number(digits)
  if (port === 0 || (port ?? 0) > 65_535) return undefined
  const address = parseAddressRange(bracketed ?? plain ?? '')
  if (bracketed !== undefined) return address?.family === 'ipv6' ? { target: address, port } : undefined
  if (address) return { target: address, port }
  return plain !== undefined && HOST_NAME.test(plain) ? { target: plain.toLowerCase(), port } : undefined
}

/** An entry as it would be written. */
export function formatAllowEntry({ target, port }: AllowEntry): string {
  if (typeof target === 'string') return port === null ? target : `${target}:${port}`
  const { address, prefixBits, family } = target
  const isSingle = prefixBits === (family === 'ipv4' ? 32 : 128)
  const range = isSingle ? address : `${address}/${prefixBits}`
  if (port === null) return range
  return family === 'ipv4' ? `${range}:${port}` : `[${range}]:${port}`
}
