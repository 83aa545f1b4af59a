/**
 * `algorist upgrade`: puts this code in the place of the server that runs, if its database lets it, with a backup first when
 * the database will change.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { findRunningServer } from '../data-folder.ts'
import { readSchemaState, type SchemaState } from '../db/schema-state.ts'
import type { Output } from '../operator/run-command.ts'
import { serverVersion } from '../version.ts'

export interface UpgradeOptions {
  readonly config: Config
  readonly args: readonly string[]
  /** Prints a line while it works. */
  readonly say: (line: string) => void
  /** Makes a backup. @returns an exit code */
  readonly backUp: (target: string) => Promise<number>
  /** Has this code follow the running server. */
  readonly restart: () => Promise<Output>
}

/** @returns the exit code: 0, 1 when nothing was upgraded, 2 for a wrong line */
export async function upgrade({ config, args, say, backUp, restart }: UpgradeOptions): Promise<number> {
  const wanted = readLine(args)
  if (typeof wanted === 'string') {
    say(wanted)
    return 2
  }
  const schema = await readSchemaState(config.database)
  const refusal = refusalOf(schema)
  if (refusal !== null) {
    say(refusal)
    return 1
  }
  const pending = schema.known - schema.applied
  say(`Version ${serverVersion}; the database is at migration ${schema.applied} of ${schema.known}.`)
  const isBackupDue = pending > 0 && schema.applied > 0 && !wanted.withoutBackup
  if (isBackupDue) {
    const target = wanted.backup ?? defaultTarget(config)
    say(`Backup first, to ${target}: ${pending} migrations are to be applied.`)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    if ((await backUp(target)) !== 0) {
      say('The backup failed, so nothing is upgraded. Mend that, or upgrade with --without-backup.')
      return 1
    }
  }
  if (!(await findRunningServer(config.home))) {
    say('No server runs on the data folder; start one with "algorist serve", which applies the migrations.')
    return 0
  }
  const { code, stdout, stderr } = await restart()
  say((stdout + stderr).trimEnd())
  return code
}

interface Wanted {
  readonly backup: string | undefined
  readonly withoutBackup: boolean
}

function readLine(args: readonly string[]): Wanted | string {
  const options = { backup: { type: 'string' }, 'without-backup': { type: 'boolean', default: false } } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    return { backup: values.backup, withoutBackup: values['without-backup'] }
  } catch (error) {
    return `${(error as Error).message}\nUsage: algorist upgrade [--backup TARGET | --without-backup]`
  }
}

function refusalOf({ applied, known }: SchemaState): string | null {
  if (applied <= known) return null
  return (
    `The database was changed by a newer version: it is at migration ${applied}, and this version knows ${known}. ` +
    'Nothing was changed. Upgrade to that version or a later one, or restore the backup that was made before it.'
  )
}

function defaultTarget({ home }: Config): string {
  const time = new Date().toISOString().replace(/[:.]/g, '-')
  return join(home, 'backups', `before-upgrade-${time}.tar`)
}
