/**
 * `bin/up` after the machine is set up: starts the server (or finds the one that runs), installs the demo through the
 * public API, and says what to do next. It owns no state; the data folder belongs to the server.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Config } from '@algorist/server/config.ts'
import { findRunningServer } from '@algorist/server/data-folder.ts'
import { installDemo } from './install-demo.ts'
import { hasEnded, logFileIn, type ReadyServer, settingsOf, startServer, waitUntilHealthy } from './server-process.ts'

const START_TIMEOUT_MS = 60_000
/** How often is looked whether the server that has followed the first one still runs. */
const FOLLOW_MS = 500
/** Of the log, shown when the server did not start. */
const LOG_LINES = 15

interface Options {
  readonly isDetached: boolean
  readonly withDemo: boolean
  /** Whether languages were to be installed, which has been done by now. */
  readonly withLanguages: boolean
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      detach: { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
      languages: { type: 'string' },
    },
  })
  return {
    isDetached: values.detach,
    withDemo: !values['no-demo'],
    withLanguages: values.languages !== undefined,
  }
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

function bootstrapFileOf({ home }: Config): string {
  return `${home}/bootstrap.json`
}

function nextSteps(config: Config, { url, pid }: ReadyServer, withDemo: boolean): string[] {
  const bootstrap = bootstrapFileOf(config)
  const firstCall = [
    'Call an algorithm:',
    '',
    `  KEY=$(sed -n 's/.*"api_key": *"\\([^"]*\\)".*/\\1/p' ${bootstrap})`,
    `  curl -H "Authorization: Simple $KEY" -H 'Content-Type: text/plain' -d 'HAL 9000' ${url}/v1/algo/demo/Hello`,
    '',
  ]
  return [
    '',
    `Algorist runs at ${url} (pid ${pid}, data folder ${config.home}).`,
    `The administrator's name, password and keys are in ${bootstrap}.`,
    '',
    ...(withDemo ? firstCall : []),
    'Make your own: see "Your own algorithm" in README.md.',
  ]
}

/**
 * Keeps this process in step with a server in the foreground, and with those that follow it (`algorist restart`): signals go
 * down, the exit code comes up.
 */
async function follow(child: ChildProcess, config: Config): Promise<number> {
  const pass = async (signal: NodeJS.Signals) => {
    // After a restart the first one may still finish its calls.
    const pids = [hasEnded(child) ? undefined : child.pid, (await findRunningServer(config.home))?.pid]
    for (const pid of new Set(pids)) if (pid) send(signal, pid)
  }
  // A terminal sends Ctrl-C to the whole process group, the server included; a second one would cut its shutdown short.
  process.on('SIGINT', () => process.stdin.isTTY || void pass('SIGINT'))
  process.on('SIGTERM', () => void pass('SIGTERM'))
  process.on('SIGHUP', () => void pass('SIGTERM'))
  const [code] = await once(child, 'exit')
  while (await findRunningServer(config.home)) await delay(FOLLOW_MS)
  return code ?? 1
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}

async function welcome(child: ChildProcess, config: Config, { withDemo }: Options): Promise<ReadyServer> {
  const server = await waitUntilHealthy(child, config, START_TIMEOUT_MS)
  if (withDemo) await installDemo({ url: server.localUrl, bootstrapFile: bootstrapFileOf(config), onProgress: say })
  say(...nextSteps(config, server, withDemo))
  return server
}

async function runDetached(config: Config, options: Options): Promise<number> {
  const logFile = logFileIn(config.home)
  const child = startServer(process.env, logFile)
  try {
    const server = await welcome(child, config, options)
    say(`Its log is ${logFile}; stop it with:  kill ${server.pid}`)
    return 0
  } catch (error) {
    say(`${messageOf(error)}. The end of its log, ${logFile}:`, '', lastLines(logFile))
    return 1
  }
}

async function runInForeground(config: Config, options: Options): Promise<number> {
  const child = startServer(process.env)
  const ended = follow(child, config)
  try {
    await welcome(child, config, options)
  } catch (error) {
    // A server without its demo is still a server; one that has ended has said why itself.
    if (!hasEnded(child)) say(messageOf(error))
  }
  return ended
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function up(args: string[]): Promise<number> {
  const options = readOptions(args)
  const config = settingsOf(process.env)
  const running = await findRunningServer(config.home)
  if (running) {
    const where = running.url ?? 'an address it has yet to take'
    say(`Algorist already runs at ${where} (pid ${running.pid}, data folder ${config.home}).`)
    // It has looked for them when it started.
    if (options.withLanguages) say('Languages that it lacked so far are offered after:  bin/algorist restart')
    return 0
  }
  return options.isDetached ? runDetached(config, options) : runInForeground(config, options)
}

process.exitCode = await up(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`)
  return 2
})
