/**
 * Workers forked from templates (design.md 5, decision 0044): one template per account and language, started when it is
 * first needed. Owns which launches are forked, and the fork's door, pipes and group; the template's protocol is
 * zygote/template.ts, and what happens in a fork is the language's (languages/python3/bridge/algorist_zygote).
 */
import { constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { removeTree } from './folders.ts'
import type { Language } from './languages.ts'
import { commonEnvironment, type Ground, hostUid, type Launched, RELAY_PORT, workerEnvironment } from './launch.ts'
import { workerLimits } from './limits.ts'
import type { OutputReaders } from './pipes.ts'
import { openDoor } from './platform-door.ts'
import { HIDDEN } from './sandbox/bubblewrap.ts'
import type { ProcessGroups } from './sandbox/groups/groups.ts'
import type { SandboxSpec } from './sandbox/sandbox.ts'
import type { CallIdentity, WorkerSpec } from './types.ts'
import { createForkedProcess } from './zygote/forked-process.ts'
import { mostProcesses } from './zygote/host-pids.ts'
import { type ForkOrder, type Prepared, startTemplate, type Template } from './zygote/template.ts'

export interface Zygotes {
  /** A forked worker, or null when this one is not to be forked. @throws Error when a fork failed */
  launch(spec: WorkerSpec, language: Language, identity: () => CallIdentity | null): Promise<Launched | null>
  close(): Promise<void>
}

export type ZygotesOptions = Omit<Ground, 'zygotes'> & { readonly groups: ProcessGroups }

const MIB = 1024 * 1024
/** The template alone; each fork is counted in its worker's group. */
const TEMPLATE_MEMORY_BYTES = 512 * MIB
/** Mount points of the template's forks. */
const MOUNT_POINT_BYTES = 4096

export function createZygotes(ground: ZygotesOptions): Zygotes {
  const templates = new Map<string, Promise<Template | null>>()
  let made = 0
  let isClosed = false

  async function launch(spec: WorkerSpec, language: Language, identity: () => CallIdentity | null) {
    if (!canBeForked(spec, language) || isClosed) return null
    const uid = hostUid(ground, spec.hostUid)
    const template = await templateFor(language, uid)
    if (template === null) return null
    return launchFork({ ground, template, spec, language, uid, identity })
  }

  /** Network `full` needs a namespace that the host connects, which a fork cannot make. */
  function canBeForked(spec: WorkerSpec, language: Language): boolean {
    return language.zygote !== null && ground.sandbox.mode === 'bubblewrap' && spec.network === 'isolated'
  }

  async function templateFor(language: Language, uid: number | null): Promise<Template | null> {
    const name = `${uid} ${language.id}`
    const running = await templates.get(name)
    if (running != null && !running.isGone) return running
    // While it was waited for, somebody else may have started a new one.
    const newer = templates.get(name)
    if (newer !== undefined && (await newer) !== running) return newer
    const starting = start(language, uid)
    templates.set(name, starting)
    await running?.close()
    return starting
  }

  async function start(language: Language, uid: number | null): Promise<Template | null> {
    const folder = join(ground.folders.run, `z${(made++).toString(36)}`)
    const options = { sandbox: ground.sandbox, spec: templateSpec(ground, language, uid), folder, uid, log: ground.log }
    return startTemplate(options).catch((error: Error) => {
      ground.log.warn({ language: language.id, reason: error.message }, 'workers are not forked: no template')
      return null
    })
  }

  async function close(): Promise<void> {
    isClosed = true
    const all = await Promise.all(templates.values())
    await Promise.all(all.map((template) => template?.close()))
  }

  return { launch, close }
}

function templateSpec(ground: ZygotesOptions, language: Language, uid: number | null) {
  const { limits, folders, files } = ground
  return (folder: string): Omit<SandboxSpec, 'output'> => ({
    purpose: 'worker',
    isTemplate: true,
    binds: [
      { source: join(files.languages.get(language.id) ?? '', 'bridge'), target: '/opt/bridge' },
      { source: folders.artifacts, target: '/tmp/artifacts' },
      { source: folder, target: '/tmp/zygote', writable: true },
    ],
    tmpfs: ['/tmp', '/opt/algorithm'].map((target) => ({ target, sizeBytes: MOUNT_POINT_BYTES })),
    network: 'none',
    uid,
    env: commonEnvironment(language),
    cwd: '/',
    command: [...(language.zygote ?? []), ...HIDDEN],
    stdin: 'null',
    socket: true,
    limits: { ...limits.worker, memoryBytes: TEMPLATE_MEMORY_BYTES, processes: mostProcesses() },
  })
}

interface ForkOptions {
  readonly ground: ZygotesOptions
  readonly template: Template
  readonly spec: WorkerSpec
  readonly language: Language
  readonly uid: number | null
  readonly identity: () => CallIdentity | null
}

/** Gives a prepared fork its door, its pipes, its group and its order. */
async function launchFork({ ground, template, spec, language, uid, identity }: ForkOptions): Promise<Launched> {
  const fork = await template.prepare()
  const limits = workerLimits(ground.limits.worker, spec.limits)
  const group = ground.groups.open(limits, 'worker')
  const output = openPipes(fork)
  const door = await openDoor({ gate: ground.gate, identity, socketPath: join(fork.folder, 'api.sock'), uid })
  const release = async () => {
    door.close()
    output.stdout.destroy()
    output.stderr.destroy()
    group.release()
    await removeTree(fork.folder)
  }
  try {
    // Before the order: nothing that is counted has run yet.
    group.add(fork.pid)
    const order = {
      artifact: spec.artifact,
      tmpBytes: limits.tmpBytes,
      tmpFiles: limits.tmpFiles,
      env: workerEnvironment(spec, language, RELAY_PORT),
      limits: {
        core: 1,
        nofile: limits.openFiles,
        nproc: limits.processes,
        fsize: limits.fileBytes,
        ...ofPrlimit(group.rlimits),
      },
    } satisfies ForkOrder
    const frames = await template.go(fork, order)
    const forked = createForkedProcess(fork.pid, frames)
    template.onEnd(fork, ({ code, signal }) => forked.ended(code, signal))
    return { child: forked.process, group, output, fifo: null, release }
  } catch (error) {
    template.drop(fork)
    await release()
    throw error
  }
}

/** Options of prlimit(1) as names and values: `--data=1000`. */
function ofPrlimit(options: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    options.map((option) => option.slice(2).split('=')).map(([name, value]) => [name, Number(value)]),
  )
}

/** The reading ends of the pipes that the fork has made; they have no name afterwards. */
function openPipes({ folder }: Prepared): OutputReaders {
  const [stdout, stderr] = ['stdout', 'stderr'].map((name) => {
    const path = join(folder, name)
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    rmSync(path)
    return new Socket({ fd, readable: true, writable: false })
  })
  if (stdout === undefined || stderr === undefined) throw new Error('A fork has no pipes')
  return { stdout, stderr }
}
