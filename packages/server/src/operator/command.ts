/** What a command of operators is, and how its arguments are read. */
import { parseArgs } from 'node:util'
import type { Caller } from '../caller.ts'
import type { Keeper } from '../retention/keeper.ts'
import type { Services } from '../services.ts'

/** What commands work with: a running server's, or opened for the one command. */
export type OperatorServices = Pick<
  Services,
  | 'db'
  | 'directory'
  | 'keyRing'
  | 'secretBox'
  | 'catalog'
  | 'sessions'
  | 'config'
  | 'log'
  | 'mailer'
  | 'loginGuard'
  | 'quotas'
> & {
  readonly runner: Pick<Services['runner'], 'recycle'>
  /** Absent while no server runs. */
  readonly retention?: Keeper
  /** What it heard of is written when this is asked; absent while no server runs. */
  readonly callLog?: Pick<Services['callLog'], 'settle'>
  /** Opened when a command first asks for it: most need nothing but the database. */
  storage(): Promise<OperatorStorage>
}

/** Repositories, files and builds; without a server builds wait for the next one. */
export type OperatorStorage = Pick<Services, 'repositories' | 'objects' | 'reclaimer' | 'disk'> & {
  readonly builds: Pick<Services['builds'], 'start' | 'waitFor'>
}

export interface Invocation {
  readonly services: OperatorServices
  /** The first administrator: operators may what administrators may, by the same rules. */
  readonly caller: Caller
  /** Arguments by the names in the command's `arguments`; one called `file` is an absolute path. */
  readonly given: Readonly<Record<string, string>>
  /** Options that were given; a flag has the value `true`. */
  readonly options: Readonly<Record<string, string | true | undefined>>
  /** What came on standard input, when `--password-stdin` was given. */
  readonly input: string
}

/** A table for people, rows of objects for programs; or a text, with what programs get instead where that is more. */
export type Result =
  | readonly Readonly<Record<string, string | number | boolean | null>>[]
  | string
  | { readonly text: string; readonly data: object }

export interface Command {
  /** One word or two, such as `user create`. */
  readonly name: string
  readonly arguments: readonly string[]
  readonly options: Readonly<Record<string, 'flag' | 'text'>>
  readonly summary: string
  /** True for what is recorded in the audit log. */
  readonly isChange: boolean
  run(invocation: Invocation): Promise<Result>
}

/** A command line that cannot be understood; the message says what was expected. */
export class UsageError extends Error {}

/**
 * Reads what follows a command's name.
 * @throws UsageError
 */
export function readArguments(
  command: Command,
  args: readonly string[],
): Pick<Invocation, 'given' | 'options'> & { isJson: boolean } {
  const options = Object.entries({ ...command.options, json: 'flag' }).map(([name, kind]) => [
    name,
    { type: kind === 'flag' ? ('boolean' as const) : ('string' as const) },
  ])
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(options),
      allowPositionals: true,
    })
    if (positionals.length !== command.arguments.length) throw new UsageError(usageOf(command))
    const { json, ...rest } = values as Record<string, string | true | undefined>
    return {
      given: Object.fromEntries(command.arguments.map((name, index) => [name, positionals[index] ?? ''])),
      options: rest,
      isJson: json === true,
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${(error as Error).message}\n${usageOf(command)}`)
  }
}

/** One line, such as `algorist user create NAME EMAIL [--admin]`. */
export function usageOf({ name, arguments: names, options }: Command): string {
  const words = names.map((each) => each.toUpperCase())
  const extra = Object.entries(options).map(([each, kind]) => `[--${each}${kind === 'flag' ? '' : ' …'}]`)
  return ['algorist', name, ...words, ...extra].join(' ')
}

/** The text of an option; undefined when it was not given. */
export function optionOf({ options }: Pick<Invocation, 'options'>, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
