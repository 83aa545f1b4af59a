/**
 * Runs a command of operators on given services: finds it, reads its arguments, acts as an administrator by the rules of
 * the API, records what it changed, prints. Where the services come from is the caller's business.
 */
import { resolve } from 'node:path'
import { ApiError } from '@algorist/contract/errors.ts'
import { recordChange } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import { forTerminal } from '../for-terminal.ts'
import { callCommands } from './call-commands.ts'
import { type Command, type OperatorServices, type Result, readArguments, UsageError, usageOf } from './command.ts'
import { keyCommands } from './key-commands.ts'
import { orgCommands } from './org-commands.ts'
import { quotaCommands } from './quota-commands.ts'
import { retentionCommands } from './retention-commands.ts'
import { transferCommands } from './transfer-commands.ts'
import { userCommands } from './user-commands.ts'

export const OPERATOR_COMMANDS: readonly Command[] = [
  ...userCommands,
  ...keyCommands,
  ...orgCommands,
  ...quotaCommands,
  ...callCommands,
  ...transferCommands,
  ...retentionCommands,
]

/** What came from a terminal. */
export interface CommandLine {
  readonly args: readonly string[]
  /** Of standard input, where the command asks for it. */
  readonly input: string
  /** Where it was given: file names are relative to it. */
  readonly folder: string
}

export interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Never rejects for what the operator or the rules say; the code is 0, 1 for a refusal and 2 for a wrong line. */
export async function runOperatorCommand(
  services: OperatorServices,
  { args, input, folder }: CommandLine,
): Promise<Output> {
  try {
    const command = findCommand(args)
    const read = readArguments(command, args.slice(command.name.split(' ').length))
    const { options, isJson } = read
    const { file } = read.given
    const given = file === undefined ? read.given : { ...read.given, file: resolve(folder, file) }
    const result = await command.run({ services, caller: operator(services), given, options, input })
    if (command.isChange) await record(services, command, Object.values(given))
    return { code: 0, stdout: forTerminal(print(result, isJson)), stderr: '' }
  } catch (error) {
    if (error instanceof UsageError) return { code: 2, stdout: '', stderr: `${error.message}\n` }
    if (error instanceof ApiError) return { code: 1, stdout: '', stderr: `${error.message}\n` }
    throw error
  }
}

/** Lines for the help text. */
export function operatorUsage(): string[] {
  return OPERATOR_COMMANDS.map((command) => `  ${usageOf(command)}\n      ${command.summary}`)
}

function findCommand(args: readonly string[]): Command {
  const name = args.slice(0, 2).join(' ')
  const command = OPERATOR_COMMANDS.find((each) => each.name === name || each.name === args[0])
  if (command) return command
  const near = OPERATOR_COMMANDS.filter((each) => each.name.startsWith(`${args[0]} `))
  const found = near.length > 0 ? near.map((each) => `  ${usageOf(each)}`) : ['"algorist --help" lists all.']
  throw new UsageError([`There is no command ${name}.`, ...found].join('\n'))
}

function operator({ directory }: OperatorServices): Caller {
  const account = directory.firstAdmin()
  if (!account) throw new UsageError('There is no administrator yet: start the server once, which makes the first')
  return { kind: 'admin', account, keyId: 'operator' }
}

function record(services: OperatorServices, { name }: Command, given: readonly string[]): Promise<void> {
  const target = given.join(' ')
  return recordChange(services, { action: name, target, status: 0, caller: 'operator', address: null })
}

function print(result: Result, isJson: boolean): string {
  if (typeof result === 'string') return isJson ? `${JSON.stringify({ message: result.trim() })}\n` : result
  if ('text' in result) return isJson ? `${JSON.stringify(result.data, null, 2)}\n` : result.text
  if (isJson) return `${JSON.stringify(result, null, 2)}\n`
  const [first] = result
  if (!first) return 'None.\n'
  const names = Object.keys(first)
  const rows = [names, ...result.map((row) => names.map((name) => oneLine(row[name])))]
  const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const oneLine = (cell: unknown): string => forTerminal(String(cell ?? '')).replaceAll('\n', ' ')
