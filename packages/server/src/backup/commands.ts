/**
 * `algorist backup` and `algorist restore`: reads the command line, prints what came of it. What works on databases is loaded
 * when it is needed: to check a backup needs none.
 */
import { readFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { UsageError } from '../operator/command.ts'
import type { BackupConfig, BackupSummary } from './back-up.ts'
import { BackupError } from './format.ts'
import { readBackup, type WholeBackup } from './read-backup.ts'
import { openSource } from './source.ts'

const USAGE = `Usage:
  algorist backup TARGET [--with-keys (--passphrase-file FILE | --passphrase-stdin)]
      TARGET: a new folder, a new file .tar or .tar.gz, or - for standard output
  algorist backup verify SOURCE
  algorist restore SOURCE [--passphrase-file FILE | --passphrase-stdin | --without-keys]
All print JSON with --json.
`

const PASSPHRASE = { 'passphrase-file': { type: 'string' }, 'passphrase-stdin': { type: 'boolean' } } as const
/** Calls come first. */
const NICE = 10
const WRONG_LINE = 2
const WITH_PROBLEMS = 3

/** @returns the exit code: 0, 1 when there is no backup, 2 for a wrong line, 3 for a backup of a store with damages */
export function runBackup(config: BackupConfig, args: readonly string[]): Promise<number> {
  return carryOut(async (stop) => {
    if (args[0] === 'verify') return verify(args.slice(1))
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...PASSPHRASE, 'with-keys': { type: 'boolean' }, json: { type: 'boolean' } },
    })
    const [target] = positionals
    if (target === undefined || positionals.length > 1) throw new UsageError('expected one TARGET')
    if (target === '-' && values.json) throw new UsageError('--json: standard output is the backup')
    const passphrase = await passphraseOf(values)
    if ((passphrase !== undefined) !== (values['with-keys'] === true)) {
      throw new UsageError('--with-keys: expected it together with --passphrase-file or --passphrase-stdin')
    }
    setPriority(NICE)
    const { backUp } = await import('./back-up.ts')
    const summary = await backUp({ config, target, passphrase, report, stop })
    if (values.json) print({ target, ...summary })
    else report(describe(target, summary))
    return summary.problems.count > 0 ? WITH_PROBLEMS : 0
  })
}

/** @returns the exit code: 0, 1 when nothing was restored, 2 for a wrong line */
export function runRestore(config: BackupConfig, args: readonly string[]): Promise<number> {
  return carryOut(async (stop) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...PASSPHRASE, 'without-keys': { type: 'boolean' }, json: { type: 'boolean' } },
    })
    const [source] = positionals
    if (source === undefined || positionals.length > 1) throw new UsageError('expected one SOURCE')
    const given = await passphraseOf(values)
    if (given !== undefined && values['without-keys'])
      throw new UsageError('--without-keys: expected no passphrase with it')
    const passphrase = values['without-keys'] ? null : given
    const { restore } = await import('./restore.ts')
    const { header, manifest, seconds, hasKeys } = await restore({ config, source, passphrase, report, stop })
    if (values.json)
      print({ source, home: config.home, seconds, restoredKeys: hasKeys, ...summaryOf({ header, manifest }) })
    else {
      report(`Restored the state of ${header.startedAt} to ${config.home} in ${seconds.toFixed(1)} s.`)
      if (!hasKeys) report(`Without keys: see docs/backup.md for what needs the old master.key in ${config.home}.`)
    }
    return 0
  })
}

async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  })
  const [source] = positionals
  if (source === undefined || positionals.length > 1) throw new UsageError('expected one SOURCE')
  const backup = await readBackup(await openSource(source))
  if (values.json) print({ source, ...summaryOf(backup) })
  else report(`${source} is whole: the state of ${backup.header.startedAt}, ${backup.manifest.parts.count} parts.`)
  return 0
}

function summaryOf({ header, manifest }: WholeBackup) {
  return { ...header, ...manifest }
}

async function passphraseOf(values: {
  readonly 'passphrase-file'?: string | undefined
  readonly 'passphrase-stdin'?: boolean | undefined
}): Promise<string | undefined> {
  const file = values['passphrase-file']
  if (file !== undefined && values['passphrase-stdin']) {
    throw new UsageError('--passphrase-file, --passphrase-stdin: expected one of them')
  }
  if (file !== undefined) return withoutLineEnd(await readFile(file, 'utf8'))
  return values['passphrase-stdin'] ? withoutLineEnd(await text(process.stdin)) : undefined
}

function withoutLineEnd(line: string): string {
  return line.replace(/\r?\n$/, '')
}

/** A signal ends the command after it has cleaned up. */
async function carryOut(work: (stop: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController()
  const onSignal = () => stop.abort(new BackupError('Stopped by a signal; nothing is left of it.'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  try {
    return await work(stop.signal)
  } catch (error) {
    const failure = error as Error
    if (isAboutLine(failure)) {
      report(`${failure.message}\n${USAGE.trimEnd()}`)
      return WRONG_LINE
    }
    report(failure instanceof BackupError ? failure.message : `It failed: ${failure.message}`)
    return 1
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
  }
}

function isAboutLine(error: Error & { readonly code?: unknown }): boolean {
  return error instanceof UsageError || String(error.code).startsWith('ERR_PARSE_ARGS')
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

function describe(
  target: string,
  { rows, repositories, artifacts, files, bytes, seconds, problems }: BackupSummary,
): string {
  const what = `${rows} rows, ${repositories} repositories, ${artifacts} artifacts, ${files} files`
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MiB in ${seconds.toFixed(1)} s`
  const found = problems.count > 0 ? ` ${problems.count} things were missing or damaged before: see above.` : ''
  return `${target === '-' ? 'Standard output' : target} has ${what}: ${size}.${found}`
}
