/** Finds the members of a JSON object as spans of its bytes, so that values are passed on as they were written. */

export interface Member {
  readonly name: string
  /** Span of the value. */
  readonly start: number
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const isOpening = (byte: number) => byte === 0x7b || byte === 0x5b
const isClosing = (byte: number) => byte === 0x7d || byte === 0x5d
const isSpace = (byte: number | undefined) => byte !== undefined && byte <= 0x20

/** Each member becomes an object of the server, which can be much larger than its text. */
const MOST_MEMBERS = 1000

/**
 * The members of the object that starts at `start` of `json`, which has been checked to be valid; empty for others, null
 * when there are very many.
 */
export function membersOf(json: Buffer, start: number): Member[] | null {
  const members: Member[] = []
  let at = skipSpace(json, start)
  if (json[at] !== 0x7b) return members
  at = skipSpace(json, at + 1)
  while (json[at] === QUOTE) {
    const nameEnd = skipString(json, at)
    const name: string = JSON.parse(json.toString('utf8', at, nameEnd))
    at = skipSpace(json, nameEnd)
    if (json[at] === COLON) at = skipSpace(json, at + 1)
    const end = skipValue(json, at)
    members.push({ name, start: at, end })
    if (members.length > MOST_MEMBERS) return null
    at = skipSpace(json, end)
    if (json[at] === COMMA) at = skipSpace(json, at + 1)
  }
  return members
}

function skipSpace(json: Buffer, from: number): number {
  let at = from
  while (isSpace(json[at])) at++
  return at
}

/** Offset behind the string that starts at `from`. */
function skipString(json: Buffer, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** Offset behind the value that starts at `from`. */
function skipValue(json: Buffer, from: number): number {
  let depth = 0
  let at = from
  while (at < json.length) {
    const byte = json[at] as number
    if (byte === QUOTE) {
      at = skipString(json, at)
      if (depth === 0) return at
      continue
    }
    if (depth === 0 && at > from && (byte === COMMA || isClosing(byte) || isSpace(byte))) return at
    if (isOpening(byte)) depth++
    if (isClosing(byte) && --depth === 0) return at + 1
    at++
  }
  return at
}
