/**
 * `algorist`, the operators' command: `serve`, `doctor`, `backup`, `restore`, and the commands of operator/, which a running
 * server carries out itself. Reads the command line; the work is done elsewhere. A second composition root, for what runs
 * without a server. Each command loads its own code when it is given: to load everything takes over a second, to ask a running
 * server needs next to nothing.
 */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { type Config, readConfig } from './config.ts'
import { askServerOf } from './operator/ask-server.ts'
import type { CommandLine, Output } from './operator/run-command.ts'

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

const configured = (): Config => readConfig(process.env, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })

/** Through the server when one runs on the data folder, and on the store itself when none does. */
async function operate(args: readonly string[]): Promise<number> {
  const config = configured()
  const input = args.includes('--password-stdin') ? await text(process.stdin) : ''
  const line = { args, input, folder: process.cwd() }
  const answer = await askServerOf(config.home, line)
  if (answer) return print(answer)
  if (await isOperatorCommand(args)) return print(await runOnStore(config, line))
  process.stderr.write(`There is no command ${args[0]}.\n${await usage()}`)
  return 2
}

async function runOnStore(config: Config, line: CommandLine): Promise<Output> {
  const [{ pino }, { withStore }, { runOperatorCommand }] = await Promise.all([
    import('pino'),
    import('./operator/offline.ts'),
    import('./operator/run-command.ts'),
  ])
  const log = pino({ level: 'error' }, pino.destination(2))
  return withStore(config, log, (services) => runOperatorCommand(services, line))
}

async function isOperatorCommand([name]: readonly string[]): Promise<boolean> {
  const { OPERATOR_COMMANDS } = await import('./operator/run-command.ts')
  return OPERATOR_COMMANDS.some((each) => each.name.split(' ')[0] === name)
}

function print({ code, stdout, stderr }: Output): number {
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  return code
}

async function backup(args: readonly string[]): Promise<number> {
  const { runBackup } = await import('./backup/commands.ts')
  return runBackup(configured(), args)
}

async function restore(args: readonly string[]): Promise<number> {
  const { runRestore } = await import('./backup/commands.ts')
  return runRestore(configured(), args)
}

/** Of the installation that this command belongs to. */
const code = { node: process.execPath, main: resolve(import.meta.dirname, 'main.ts') }

async function restart(): Promise<number> {
  const { askForRestart } = await import('./restart/ask-for-restart.ts')
  return print(await askForRestart(configured(), code))
}

async function runUpgrade(args: readonly string[]): Promise<number> {
  const [{ upgrade }, { runBackup }, { askForRestart }] = await Promise.all([
    import('./restart/upgrade.ts'),
    import('./backup/commands.ts'),
    import('./restart/ask-for-restart.ts'),
  ])
  const config = configured()
  return upgrade({
    ...{ config, args, say: (line) => process.stderr.write(`${line}\n`) },
    backUp: (target) => runBackup(config, [target]),
    restart: () => askForRestart(config, code),
  })
}

async function unit(): Promise<number> {
  const { unitFile } = await import('./restart/unit.ts')
  const { home, shutdownMs, restart: times } = configured()
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
  const [{ listChecks }, { examine, findingsAsJson, formatFindings, hasFailed }] = await Promise.all([
    import('./doctor/checks.ts'),
    import('./doctor/doctor.ts'),
  ])
  const [
    { languagesHere, loadLanguages, missingPackages },
    { lazyRegistries },
    { inspectSandbox },
    { nodeForAlgorithms },
  ] = await Promise.all([
    import('@algorist/runner/languages.ts'),
    import('@algorist/runner/registries.ts'),
    import('@algorist/runner/sandbox/inspect.ts'),
    import('./node-location.ts'),
  ])
  const config = configured()
  const all = await loadLanguages(resolve(import.meta.dirname, '../../../languages'))
  const here = languagesHere(all)
  const registries = lazyRegistries(here.usable, await nodeForAlgorithms())
  const lackingEnvironments = all
    .filter(({ id }) => here.usable.some((language) => language.id === id))
    .flatMap(({ id, environments }) =>
      environments.map((each) => ({ language: id, display_name: each.display_name, lacks: missingPackages(each) })),
    )
    .filter(({ lacks }) => lacks.length > 0)
  const languages = { ...here, lackingEnvironments }
  const findings = await examine(listChecks({ config, languages, inspectSandbox, registries }))
  process.stdout.write(values.json ? findingsAsJson(findings) : formatFindings(findings))
  return hasFailed(findings) ? 1 : 0
}

async function usage(): Promise<string> {
  const { operatorUsage } = await import('./operator/run-command.ts')
  const lines = Object.entries(commands).map(([name, { summary }]) => `  algorist ${name.padEnd(8)}${summary}`)
  return `Usage:\n${lines.join('\n')}\n${operatorUsage().join('\n')}\nAll print JSON with --json. Settings are environment variables; see docs/settings.md.\n`
}

async function runCommand([name, ...args]: readonly string[]): Promise<number> {
  const isHelp = name === '--help' || name === '-h'
  if (name === undefined || isHelp) {
    process.stdout.write(await usage())
    return 0
  }
  const command = commands[name]
  return command ? command.run(args) : operate([name, ...args])
}

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
