/**
 * `algorist`, the operators' command: `serve`, `doctor`, `backup`, `restore`, and the commands of operator/, which a running server carries out
 * itself. Reads the command line; the work is done elsewhere. A second composition root, for what runs without a server.
 */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { loadLanguages } from '@algorist/runner/languages.ts'
import { lazyRegistries } from '@algorist/runner/registries.ts'
import { inspectSandbox } from '@algorist/runner/sandbox/inspect.ts'
import { pino } from 'pino'
import { runBackup, runRestore } from './backup/commands.ts'
import { readConfig } from './config.ts'
import { findRunningServer, operatorSocket } from './data-folder.ts'
import { listChecks } from './doctor/checks.ts'
import { examine, findingsAsJson, formatFindings, hasFailed } from './doctor/doctor.ts'
import { nodeForAlgorithms } from './node-location.ts'
import { withStore } from './operator/offline.ts'
import { OPERATOR_COMMANDS, operatorUsage, runOperatorCommand } from './operator/run-command.ts'
import { askServer } from './operator/socket.ts'
import { askForRestart } from './restart/ask-for-restart.ts'
import { unitFile } from './restart/unit.ts'
import { upgrade } from './restart/upgrade.ts'

interface Command {
  readonly summary: string
  /** @returns the exit code */
  run(args: readonly string[]): Promise<number>
}

const commands: { readonly [name: string]: Command } = {
  serve: { summary: 'run the server in the foreground', run: serve },
  backup: { summary: 'copy everything, also while the server runs; see docs/backup.md', run: backup },
  restore: { summary: 'restore a backup to an empty data folder', run: restore },
  restart: { summary: 'replace the running server by this code without a failed call', run: restart },
  upgrade: { summary: 'check the database, back it up when it will change, then restart', run: runUpgrade },
  unit: { summary: 'print a unit file for systemd', run: unit },
  doctor: { summary: 'say whether this machine can keep what Algorist promises; --json for programs', run: doctor },
}

/** Through the server when one runs on the data folder, and on the store itself when none does. */
async function operate(args: readonly string[]): Promise<number> {
  const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
  const input = args.includes('--password-stdin') ? await text(process.stdin) : ''
  const line = { args, input, folder: process.cwd() }
  const server = await findRunningServer(config.home)
  const { code, stdout, stderr } = server
    ? await askServer(operatorSocket(config.home), line)
    : await withStore(config, pino({ level: 'error' }, pino.destination(2)), (services) =>
        runOperatorCommand(services, line),
      )
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  return code
}

function backup(args: readonly string[]): Promise<number> {
  return runBackup(readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() }), args)
}

function restore(args: readonly string[]): Promise<number> {
  return runRestore(readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() }), args)
}

/** Of the installation that this command belongs to. */
const code = { node: process.execPath, main: resolve(import.meta.dirname, 'main.ts') }

async function restart(): Promise<number> {
  const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
  const { code: exitCode, stdout, stderr } = await askForRestart(config, code)
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  return exitCode
}

function runUpgrade(args: readonly string[]): Promise<number> {
  const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
  return upgrade({
    ...{ config, args, say: (line) => process.stderr.write(`${line}\n`) },
    backUp: (target) => runBackup(config, [target]),
    restart: () => askForRestart(config, code),
  })
}

async function unit(): Promise<number> {
  const {
    home,
    shutdownMs,
    restart: times,
  } = readConfig(process.env, {
    isRoot: process.getuid?.() === 0,
    homeFolder: homedir(),
  })
  const command = resolve(import.meta.dirname, '../../../bin/algorist')
  const seconds = { shutdownSeconds: shutdownMs / 1000, readySeconds: times.readyMs / 1000 }
  process.stdout.write(unitFile({ ...code, command, home, ...seconds }))
  return 0
}

async function serve(): Promise<number> {
  const { runUntilSignal } = await import('./main.ts')
  return runUntilSignal()
}

async function doctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } })
  const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
  const languages = await loadLanguages(resolve(import.meta.dirname, '../../../languages'))
  const registries = lazyRegistries(languages, await nodeForAlgorithms())
  const findings = await examine(listChecks({ config, languages, inspectSandbox, registries }))
  process.stdout.write(values.json ? findingsAsJson(findings) : formatFindings(findings))
  return hasFailed(findings) ? 1 : 0
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  algorist ${name.padEnd(8)}${summary}`)
  return `Usage:\n${lines.join('\n')}\n${operatorUsage().join('\n')}\nAll print JSON with --json. Settings are environment variables; see docs/settings.md.\n`
}

async function runCommand([name, ...args]: readonly string[]): Promise<number> {
  const command = name === undefined ? undefined : commands[name]
  if (command) return command.run(args)
  if (OPERATOR_COMMANDS.some((each) => each.name.split(' ')[0] === name)) return operate([name ?? '', ...args])
  const isHelp = name === undefined || name === '--help' || name === '-h'
  ;(isHelp ? process.stdout : process.stderr).write(isHelp ? usage() : `There is no command ${name}.\n${usage()}`)
  return isHelp ? 0 : 2
}

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
