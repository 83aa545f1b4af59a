/**
 * The server as a process: settings, signals and the exit code. How it is put together is in compose/start-server.ts. Only
 * this file and the other commands (cli.ts) meet the environment.
 */
import { once } from 'node:events'
import { homedir } from 'node:os'
import { pino } from 'pino'
import { tuneCollector } from './collector.ts'
import { startServer } from './compose/start-server.ts'
import { readConfig } from './config.ts'
import type { NewCode } from './restart/hand-over.ts'
import { meetPredecessor, type Predecessor } from './restart/successor.ts'

const ownCode: NewCode = { node: process.execPath, main: import.meta.filename }
const END_SIGNALS = ['SIGTERM', 'SIGINT']

/**
 * Runs the server until a signal ends it or another one has followed it; a second signal ends the process at once. SIGHUP
 * has it read its TLS certificate again, SIGUSR2 has the code that is on disk now follow it.
 *
 * @returns the exit code
 */
export async function runUntilSignal(): Promise<number> {
  let predecessor: Predecessor | null = null
  tuneCollector()
  try {
    predecessor = meetPredecessor(process.argv)
    const environment = process.env
    const config = readConfig(environment, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
    const log = pino({ level: config.logLevel })
    const server = await startServer({ config, log, environment, predecessor })
    process.on('SIGHUP', () => void server.reloadTls())
    // Why it did not work is in the log.
    process.on('SIGUSR2', () => void server.restart(ownCode).catch(() => {}))
    const signals = END_SIGNALS.map((name) => once(process, name).then(() => name))
    const reason = await Promise.race([...signals, server.replaced.then(() => 'replaced')])
    const codeWhenCut = reason === 'replaced' ? 0 : 1
    for (const name of END_SIGNALS) process.once(name, () => process.exit(codeWhenCut))
    log.info({ reason }, 'closing')
    await server.close()
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    predecessor?.failed(message)
    process.stderr.write(`${message}\n`)
    return 1
  }
}

if (import.meta.main) process.exitCode = await runUntilSignal()
