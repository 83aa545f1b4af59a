/**
 * One bridge as a child process with its frame socket, as the runner would have it but without a sandbox.
 * Owns the process and the frames; what the answers should be is said by the cases.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Duplex } from 'node:stream'

export const LANGUAGES_FOLDER = join(import.meta.dirname, '..')

export interface Language {
  readonly id: string
  readonly display_name: string
  /** Absolute path of its folder. */
  readonly folder: string
  readonly protocol: string
  readonly run: readonly string[]
  readonly build: readonly string[]
  readonly ahead?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly base?: string
  readonly compile?: readonly string[]
  /** Debian packages by the programs of the host that it needs. */
  readonly programs?: Readonly<Record<string, string>>
}

export interface Frame {
  readonly type: string
  readonly kind: string
  readonly call: number
  readonly body: Buffer
}

export interface BridgeProcess {
  /** Sends one frame. */
  send(type: string, kind: string, call: number, body: Buffer | string): void
  /** Waits for the next frame; undefined once the bridge has closed its end. */
  next(): Promise<Frame | undefined>
  /** Ends the stream towards the bridge, as the runner does when it wants the worker to finish. */
  finish(): void
  /** Exit code, after the process has ended. */
  readonly exited: Promise<number | null>
  /** What came on the plain pipes of descriptors 1 and 2. */
  plainOutput(): string
  close(): Promise<void>
}

/** Reads `language.json` of `languages/<id>`, or of the folder when `idOrFolder` has a slash. */
export function readLanguage(idOrFolder: string): Language {
  const folder = idOrFolder.includes('/') ? resolve(idOrFolder) : join(LANGUAGES_FOLDER, idOrFolder)
  const { env = {}, ...members } = JSON.parse(readFileSync(join(folder, 'language.json'), 'utf8')) as Language
  return { ...members, env, folder }
}

/** Why cases of the language cannot run on this machine: the Debian packages to install; empty when they can. */
export function missingPackages(language: Language): string[] {
  return Object.entries(language.programs ?? {})
    .filter(([path]) => !existsSync(path))
    .map(([, debianPackage]) => debianPackage)
}

/** The command with the sandbox's mount points replaced by where those folders are here. */
export function commandOutsideSandbox(language: Language, command: readonly string[]): string[] {
  return command.map((part) => pathOutsideSandbox(language, part))
}

/** The same for whatever text names mount points, as variables do. */
export function pathOutsideSandbox(language: Language, text: string): string {
  return text
    .replace(/^\/opt\/node\/bin\/node$/, process.execPath)
    .replaceAll('/opt/bridge', bridgeFolder(language))
    .replaceAll('/opt/base', language.base === undefined ? '/opt/base' : bridgeFolder(readLanguage(language.base)))
    .replaceAll('/opt/language', language.folder)
}

const compiled = new Map<string, string>()

/** Where a language's bridge is: its own folder, or a copy when it has to be compiled, as the server makes one. */
function bridgeFolder({ folder, base, compile, protocol }: Language): string {
  const own = join(folder, 'bridge')
  if (compile === undefined || protocol !== 'frames') return own
  const known = compiled.get(folder)
  if (known !== undefined) return known
  const copy = temporaryFolder('algorist-bridge-')
  cpSync(own, copy, { recursive: true })
  const [program = '', ...args] = compile
  execFileSync(program, [...args, copy, ...(base === undefined ? [] : [bridgeFolder(readLanguage(base))])], {
    cwd: '/',
  })
  compiled.set(folder, copy)
  return copy
}

const prepared = new Map<string, string>()

/**
 * Folder that holds the programs of the cases, one folder for each fixture: `cases/` itself, or for languages that are compiled
 * what `cases/prepare` makes of it once: it is run with an empty folder to fill as its argument, and `ALGORIST_BRIDGE` and
 * `ALGORIST_BASE` as the compiled bridges.
 */
export function casesFolder(language: Language): string {
  const cases = join(language.folder, 'cases')
  const program = join(cases, 'prepare')
  if (!existsSync(program)) return cases
  const known = prepared.get(language.folder)
  if (known !== undefined) return known
  const folder = temporaryFolder('algorist-cases-')
  const base = language.base === undefined ? {} : { ALGORIST_BASE: bridgeFolder(readLanguage(language.base)) }
  execFileSync(program, [folder], {
    cwd: cases,
    env: { ...process.env, ALGORIST_BRIDGE: bridgeFolder(language), ...base },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  prepared.set(language.folder, folder)
  return folder
}

/** A folder that is gone when this process has ended. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** `env` of language.json, with mount points replaced. */
export function environmentOutsideSandbox(language: Language): Record<string, string> {
  return Object.fromEntries(
    Object.entries(language.env).map(([name, value]) => [name, pathOutsideSandbox(language, value)]),
  )
}

/** Starts the language's bridge on the algorithm in `folder`, whose record is named `algorithmName`. */
export function startBridge(options: {
  language: Language
  folder: string
  algorithmName: string
  env?: Readonly<Record<string, string>>
}): BridgeProcess {
  const [program = '', ...args] = commandOutsideSandbox(options.language, options.language.run)
  const child = spawn(program, args, {
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      ALGORIST_ALGORITHM: options.algorithmName,
      ...environmentOutsideSandbox(options.language),
      ...options.env,
    },
  })
  const socket = child.stdio[3] as Duplex
  const frames = readFrames(socket)
  const plain = collectOutput(child)
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    send: (type, kind, call, body) => void socket.write(encodeFrame(type, kind, call, body)),
    next: async () => (await frames.next()).value ?? undefined,
    finish: () => void socket.end(),
    exited,
    plainOutput: () => plain.join(''),
    async close() {
      child.kill('SIGKILL')
      socket.destroy()
      await exited
    },
  }
}

/** One frame as bytes. */
export function encodeFrame(type: string, kind: string, call: number, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string)
  const header = Buffer.alloc(10)
  header.writeUInt32BE(bytes.length, 0)
  header.write(type + kind, 4, 'latin1')
  header.writeUInt32BE(call, 6)
  return Buffer.concat([header, bytes])
}

async function* readFrames(socket: Duplex): AsyncGenerator<Frame, undefined> {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let neededBytes = 10
  try {
    for await (const chunk of socket) {
      waiting.push(chunk as Buffer)
      waitingBytes += (chunk as Buffer).length
      if (waitingBytes < neededBytes) continue
      let data = Buffer.concat(waiting)
      while (data.length >= 10 && data.length >= 10 + data.readUInt32BE(0)) {
        const end = 10 + data.readUInt32BE(0)
        yield {
          type: data.toString('latin1', 4, 5),
          kind: data.toString('latin1', 5, 6),
          call: data.readUInt32BE(6),
          body: data.subarray(10, end),
        }
        data = data.subarray(end)
      }
      waiting = [data]
      waitingBytes = data.length
      neededBytes = data.length >= 10 ? 10 + data.readUInt32BE(0) : 10
    }
  } catch {
    // A bridge that dies resets the socket: that is its end of stream.
  }
}

function collectOutput(child: ChildProcess): string[] {
  const parts: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => parts.push(chunk.toString()))
  return parts
}
