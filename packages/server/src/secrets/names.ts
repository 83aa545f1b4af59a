/** Which variables a secret may be: all but those that the platform gives a worker, or that decide how one starts. */
import type { Language } from '@algorist/runner/languages.ts'

/** The platform's own (runtime.md 4.2), and what linkers, shells and interpreters read before author code does. */
const FAMILIES = /^(ALGORITHMIA_|ALGORIST_|LD_|LC_|PYTHON(?=[A-Z])|PERL|BASH_|GLIBC_|MALLOC_)/
const NAMES: ReadonlySet<string> = new Set([
  ...['HOME', 'PATH', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'PWD', 'OLDPWD', 'SHLVL', 'TMPDIR', '_'],
  ...['ENV', 'IFS', 'GCONV_PATH', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_CHANNEL_FD', 'JAVA_TOOL_OPTIONS'],
  ...['LANGUAGE_VERSION', 'SLOT_ID', 'STATUS_UPDATE', 'REQUEST_COMPLETE'],
])
/** Of the families, what authors may set: the clients then use that key or token, not the identity of the call (runtime.md 4.2). */
const ALLOWED: ReadonlySet<string> = new Set([
  'ALGORITHMIA_API_KEY',
  'ALGORITHMIA_BEARER_TOKEN',
  'ALGORITHMIA_DEFAULT_API_KEY',
])

/** Why a secret may not be the variable `name`, in words for its owner; undefined when it may. */
export function problemOfName(name: string, languages: readonly Pick<Language, 'env'>[]): string | undefined {
  if (!/^[A-Za-z0-9_]{1,255}$/.test(name)) {
    return `expected letters, digits and _, at most 255 of them, got '${name.slice(0, 60)}'`
  }
  if (ALLOWED.has(name)) return undefined
  const [family] = FAMILIES.exec(name) ?? []
  if (family !== undefined) return `names that begin with ${family} are the platform's; choose another name`
  const isTaken = NAMES.has(name) || languages.some(({ env }) => Object.hasOwn(env, name))
  return isTaken ? `${name} is a variable of the platform; choose another name` : undefined
}
