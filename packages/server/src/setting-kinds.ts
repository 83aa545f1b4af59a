/**
 * The kinds of settings: how a text is read, what a message says when it cannot be, and how the default is printed.
 * Which settings there are is settings.ts.
 */

import { parseAddressRange } from '@algorist/contract/public-addresses.ts'

/** What defaults may depend on. */
export interface SettingsContext {
  readonly isRoot: boolean
  /** Home folder of the user that runs the server. */
  readonly homeFolder: string
}

export interface Setting<T> {
  /** Name of the environment variable. */
  readonly name: string
  readonly section: string
  /** What it does, and why the default is what it is. */
  readonly meaning: string
  /** What a value looks like, for messages: "Expected …". */
  readonly expected: string
  /** The default as the page prints it. */
  readonly defaultText: string
  /** Never quoted in messages. */
  readonly isSecret: boolean
  /** Undefined when the text is not as expected. */
  parse(text: string): T | undefined
  defaultFor(context: SettingsContext): T
}

/** The words about a setting. */
export interface Described {
  readonly name: string
  readonly section: string
  readonly meaning: string
}

export function described(name: string, section: string, meaning: string): Described {
  return { name, section, meaning }
}

export function text(value: string, expected: string, pattern: RegExp, about: Described): Setting<string> {
  return {
    ...about,
    expected,
    defaultText: `\`${value}\``,
    isSecret: false,
    parse: (given) => (pattern.test(given) ? given : undefined),
    defaultFor: () => value,
  }
}

export function wholeNumber({ min, max }: { min: number; max: number }) {
  return {
    expected: `a whole number from ${min} to ${max}`,
    parse(given: string): number | undefined {
      const value = Number(given)
      return /^\d{1,15}$/.test(given) && value >= min && value <= max ? value : undefined
    },
  }
}

export function integer(value: number, range: { min: number; max: number }, about: Described): Setting<number> {
  return {
    ...about,
    ...wholeNumber(range),
    defaultText: `\`${value}\``,
    isSecret: false,
    defaultFor: () => value,
  }
}

export function oneOf<const T extends string>(value: NoInfer<T>, choices: readonly T[], about: Described): Setting<T> {
  return {
    ...about,
    expected: `one of ${choices.join(', ')}`,
    defaultText: `\`${value}\``,
    isSecret: false,
    parse: (given) => choices.find((choice) => choice === given),
    defaultFor: () => value,
  }
}

type Parse<T> = (text: string) => T | undefined

export function optional<T>(
  defaultText: string,
  expected: string,
  parse: Parse<T>,
  about: Described,
): Setting<T | null> {
  return { ...about, expected, defaultText, isSecret: false, parse, defaultFor: () => null }
}

export function secret<T>(defaultText: string, expected: string, parse: Parse<T>, about: Described): Setting<T | null> {
  return { ...optional(defaultText, expected, parse, about), isSecret: true }
}

export function parsePath(given: string): string | undefined {
  return given.startsWith('/') ? given : undefined
}

export function parseBaseUrl(given: string): string | undefined {
  const url = URL.parse(given)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined
  const isBare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
  return isBare ? url.origin : undefined
}

export function parsePostgresUrl(given: string): string | undefined {
  return /^postgres(ql)?:\/\/\S+$/.test(given) ? given : undefined
}

/** Addresses are for nodemailer; a password in them is encoded as in any URL. */
export function parseSmtpUrl(given: string): string | undefined {
  return /^smtps?:\/\/\S+$/.test(given) && URL.canParse(given) ? given : undefined
}

export function parseKey(given: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(given)) return Buffer.from(given, 'hex')
  return /^[A-Za-z0-9+/]{43}=$/.test(given) ? Buffer.from(given, 'base64') : undefined
}

/** Entries of ALGORIST_BUILD_ENV; the value is null where it is to be copied. */
export function parseNames(given: string): ReadonlyMap<string, string | null> | undefined {
  const names = new Map<string, string | null>()
  if (given === 'none') return names
  for (const part of given.split(',')) {
    const entry = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:=(.*))?$/s.exec(part)
    if (!entry?.[1]) return undefined
    names.set(entry[1], entry[2] ?? null)
  }
  return names
}

/** Addresses and CIDR ranges separated by commas. */
export function parseAddressRanges(given: string): readonly string[] | undefined {
  const ranges = given.split(',').map((range) => range.trim())
  return ranges.every(parseAddressRange) ? ranges : undefined
}
