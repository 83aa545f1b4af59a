/**
 * Hands the server over to a new process while calls run (decision 0063): starts it with the listening socket, lets it read
 * what there is while nothing changes, has it prove that it answers, and stops accepting when it accepts. Until that moment
 * everything can be taken back.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { DataFolder } from '../data-folder.ts'
import type { Gate } from './gate.ts'
import { DESCRIPTORS, type Introduction, PROTOCOL, type Said, SUCCESSOR_FLAG, type Told } from './messages.ts'
import { isHealthy, peerPath } from './peers.ts'

/** Changes through the management API take less, those of builds aside. */
const FREEZE_MS = 10_000

/** What to start instead of this process. */
export interface NewCode {
  /** Node's binary. */
  readonly node: string
  /** The server's main.ts. */
  readonly main: string
}

export interface HandOverOptions {
  readonly server: Server
  readonly gate: Gate
  readonly folder: Pick<DataFolder, 'handOver' | 'folders'>
  readonly url: string
  /** Of the new process. */
  readonly environment: NodeJS.ProcessEnv
  readonly log: Logger
  /** Time that the new server has until it is ready. */
  readonly readyMs: number
  /** Aborted when this server is told to stop, which ends the new one as well unless it serves. */
  readonly signal: AbortSignal
  /** Called once the new server accepts: begins nothing any more that can wait for it. */
  readonly onLeft: () => Promise<void>
  /** Called when the new server did not take over: it may have told others already that they find it in this one's place. */
  readonly onTakenBack: () => Promise<void>
}

/**
 * Resolves when the new server has taken over.
 *
 * @throws Error that says why it did not; this server then goes on as before
 */
export async function handOver(code: NewCode, options: HandOverOptions): Promise<void> {
  const { server, gate, folder, log } = options
  if (process.pid === 1) {
    throw new Error('This server is the first process of its container, which ends with it: restart the container')
  }
  if (options.signal.aborted) throw new Error('This server is being stopped')
  const child = start(code, options)
  const successor = listenTo(child, Date.now() + options.readyMs, options.signal)
  log.info({ successor: child.pid, main: code.main }, 'restarting: a new server starts')
  let frozenAtMs = 0
  try {
    await successor.hear('prepared')
    frozenAtMs = performance.now()
    await freeze(gate)
    tell(child, { kind: 'frozen' })
    const { instance } = await successor.hear('ready')
    if (!(await isHealthy(peerPath(folder.folders.run, instance)))) throw new Error('The new server is not healthy')
    gate.shut()
    tell(child, { kind: 'go' })
    await successor.hear('serving')
  } catch (error) {
    await end(child)
    await options.onTakenBack().catch((err: unknown) => log.error({ err }, 'commands may not find this server'))
    gate.open()
    log.error({ err: error }, 'the new server did not take over; this one goes on')
    throw error
  }
  stopAccepting(server)
  folder.handOver()
  await options.onLeft()
  tell(child, { kind: 'left' })
  child.unref()
  child.channel?.unref()
  const changesWaitedMs = Math.round(performance.now() - frozenAtMs)
  log.info(
    { successor: child.pid, changesWaitedMs },
    'the new server has taken over; this one finishes what it has begun',
  )
}

function start({ node, main }: NewCode, { server, url, environment }: HandOverOptions): ChildProcess {
  const introduction: Introduction = { protocol: PROTOCOL, url, port: portOf(server) }
  const extra: ('ipc' | number)[] = []
  extra[DESCRIPTORS.channel - 3] = 'ipc'
  extra[DESCRIPTORS.listening - 3] = descriptorOf(server)
  const child = spawn(node, [...process.execArgv, main, SUCCESSOR_FLAG, JSON.stringify(introduction)], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', ...extra],
  })
  // Its end is noticed where it is waited for.
  child.on('error', () => {})
  return child
}

/** Node has no public name for it; the option `fd` of `listen` is its counterpart. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { _handle?: { readonly fd: number } }
  if (handle === undefined || handle.fd < 0) throw new Error('The server does not listen')
  return handle.fd
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function tell(child: ChildProcess, told: Told): void {
  if (child.connected) child.send(told, () => {})
}

interface Successor {
  /** @throws Error when it ends, fails, or takes too long */
  hear<Kind extends Exclude<Said['kind'], 'failed'>>(kind: Kind): Promise<Said & { kind: Kind }>
}

function listenTo(child: ChildProcess, deadlineMs: number, signal: AbortSignal): Successor {
  const heard: Said[] = []
  let failure: string | undefined
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  child.on('message', (said: Said) => {
    if (said.kind === 'failed') failure ??= said.message
    else heard.push(said)
    stir()
  })
  child.once('exit', (code, signal) => {
    failure ??= `it ended with ${signal ?? `exit code ${code}`}; the log of the server has the reason`
    stir()
  })
  signal.addEventListener('abort', () => {
    failure ??= 'this server is being stopped'
    stir()
  })
  child.once('error', (error) => {
    failure ??= error.message
    stir()
  })
  return {
    async hear(kind) {
      for (;;) {
        const said = heard.find((each) => each.kind === kind)
        if (said) return said as Said & { kind: typeof kind }
        if (failure !== undefined) throw new Error(`The new server could not start: ${failure}`)
        if (Date.now() >= deadlineMs) throw new Error(`The new server was not ready in time (waiting for "${kind}")`)
        await Promise.race([wake.promise, delay(Math.max(1, deadlineMs - Date.now()), undefined, { ref: false })])
      }
    },
  }
}

async function freeze(gate: Gate): Promise<void> {
  const changes = await gate.freeze(FREEZE_MS)
  if (changes.length === 0) return
  throw new Error(`Something is being changed that takes long (${changes.join(', ')}); try again when it is done`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/**
 * Closes this process's descriptor of the listening socket and nothing else: what has arrived at the socket is taken by
 * the new server. `close()` of HTTP servers would end idle connections as well, on which a request may be on its way.
 */
function stopAccepting(server: Server): void {
  NetServer.prototype.close.call(server)
}
