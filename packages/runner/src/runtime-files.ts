/**
 * Copies what sandboxes mount (languages, Node, the relay, files of `/etc`, CA bundles) to `<home>/runtime`, readable by
 * every uid: bubblewrap runs under uids that can read neither a checkout in a home folder nor a 0700 one. A copy is named
 * by what is in it, complete when it is there, and made once.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  chmod,
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Language } from './languages.ts'
import type { RunnerOptions } from './options.ts'
import { INSIDE_UID } from './sandbox/bubblewrap.ts'
import { resolvConf } from './sandbox/network/layout.ts'
import type { Bind } from './sandbox/sandbox.ts'
import { runTool } from './tool.ts'

export interface RuntimeFiles {
  /** Copy of each language's folder, by language id. */
  readonly languages: ReadonlyMap<string, string>
  /** passwd, group, hosts and nsswitch.conf of sandboxes, and resolv.conf of those with a contained network. */
  readonly etc: string
  readonly relay: string
  /** Mounts that give a sandbox Node and npm. */
  readonly node: readonly Bind[]
  /** CA bundles for builds, at the paths that the build environment names. */
  readonly certificates: readonly Bind[]
}

const ETC_FILES = {
  passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\nalgo:x:${INSIDE_UID}:${INSIDE_UID}:algo:/home/algo:/bin/sh\n`,
  group: `root:x:0:\nalgo:x:${INSIDE_UID}:\n`,
  hosts: '127.0.0.1 localhost algorist\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
}
const RESOLV_CONF = '/etc/resolv.conf'

/** What a language has at hand in workers, builds and templates alike. */
export function languageMounts(files: Pick<RuntimeFiles, 'languages' | 'node'>, language: Language): Bind[] {
  const bridgeOf = (id: string) => join(files.languages.get(id) ?? '', 'bridge')
  return [
    { source: bridgeOf(language.id), target: '/opt/bridge' },
    ...(language.base === null ? [] : [{ source: bridgeOf(language.base), target: '/opt/base' }]),
    ...(language.needs.includes('node') ? files.node : []),
    ...language.mounts.filter((path) => existsSync(path)).map((path) => ({ source: path, target: path })),
  ]
}

/** Fills `runtime` and removes copies that are no longer used by any server. */
export async function stageRuntimeFiles(
  runtime: string,
  languages: readonly Language[],
  options: Pick<RunnerOptions, 'node' | 'buildNetwork' | 'isShared'>,
): Promise<RuntimeFiles> {
  const relayFile = join(import.meta.dirname, 'relay', 'relay.pl')
  const copies = await stageLanguages(runtime, languages)
  const certificates = await Promise.all(options.buildNetwork.files.map((file) => stageFile(runtime, file)))
  const staged: RuntimeFiles = {
    languages: copies,
    etc: await stageEtc(runtime),
    relay: await stageFile(runtime, relayFile),
    node: await stageNode(runtime, options.node),
    certificates: options.buildNetwork.files.map((target, index) => ({ source: certificates[index] ?? '', target })),
  }
  if (!options.isShared) await removeOthers(runtime, staged)
  return staged
}

async function removeOthers(runtime: string, staged: RuntimeFiles): Promise<void> {
  const binds = [...staged.node, ...staged.certificates].map(({ source }) => source)
  const used = [...staged.languages.values(), staged.etc, staged.relay, ...binds]
  const isUsed = (path: string) => used.some((item) => item === path || item.startsWith(`${path}/`))
  const all = (await readdir(runtime)).map((name) => join(runtime, name))
  await Promise.all(all.filter((path) => !isUsed(path)).map((path) => rm(path, { recursive: true, force: true })))
}

/** Copy of each language's folder. Those that others build on come first, since bridges are compiled against them. */
async function stageLanguages(runtime: string, languages: readonly Language[]): Promise<Map<string, string>> {
  const copies = new Map<string, string>()
  const stageAll = (some: readonly Language[]) =>
    Promise.all(
      some.map(async (language) => {
        const base = language.base === null ? undefined : copies.get(language.base)
        copies.set(language.id, await stageLanguage(runtime, language, base))
      }),
    )
  await stageAll(languages.filter(({ base }) => base === null))
  await stageAll(languages.filter(({ base }) => base !== null))
  return copies
}

/** A copy is named by its base's as well, so that it is compiled again when that changes. */
function stageLanguage(runtime: string, language: Language, base: string | undefined): Promise<string> {
  const fill = (copy: string) => compileBridge(language, join(copy, 'bridge'), base)
  return stageFolder(runtime, language.folder, { label: base === undefined ? '' : basename(base), fill })
}

async function stageNode(runtime: string, node: RunnerOptions['node']): Promise<Bind[]> {
  const { size, mtimeMs, mode } = await stat(node.binary)
  const binary = await stage(runtime, `node-${size}-${Math.floor(mtimeMs)}`, async (target) => {
    // The same file where both are on one file system: a link costs no space and no time.
    if ((mode & 0o555) === 0o555) await link(node.binary, target).catch(() => copyFile(node.binary, target))
    else await copyFile(node.binary, target)
  })
  const binds: Bind[] = [{ source: binary, target: '/opt/node/bin/node' }]
  if (node.npmFolder !== null) {
    const npm = await stageFolder(runtime, node.npmFolder)
    binds.push({ source: npm, target: '/opt/node/lib/node_modules/npm' })
  }
  return binds
}

async function stageEtc(runtime: string): Promise<string> {
  const hostsOwn = await readFile(RESOLV_CONF, 'utf8').catch(() => '')
  const files = { ...ETC_FILES, 'resolv.conf': resolvConf(hostsOwn) }
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16)
  return stage(runtime, `etc-${digest}`, async (target) => {
    await mkdir(target)
    for (const [name, text] of Object.entries(files)) await writeFile(join(target, name), text)
  })
}

async function stageFile(runtime: string, source: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 16)
  return stage(runtime, `${digest}-${basename(source)}`, (target) => copyFile(source, target))
}

/** What is done to a copy before it is used, and a text that stands for what else that depends on. */
interface Finish {
  readonly label: string
  fill(copy: string): Promise<void>
}

async function stageFolder(runtime: string, source: string, finish?: Finish): Promise<string> {
  const digest = createHash('sha256').update(finish?.label ?? '')
  await digestFolder(digest, source, '')
  return stage(runtime, `${basename(source)}-${digest.digest('hex').slice(0, 16)}`, async (target) => {
    await cp(source, target, { recursive: true, verbatimSymlinks: true })
    await finish?.fill(target)
  })
}

/** Best effort: what is not compiled here is compiled by each worker that starts, or missed by it. */
async function compileBridge({ compile }: Language, bridge: string, base: string | undefined): Promise<void> {
  const [program, ...args] = compile ?? []
  const folders = [bridge, ...(base === undefined ? [] : [join(base, 'bridge')])]
  if (program !== undefined) await runTool(program, [...args, ...folders]).catch(() => {})
}

async function digestFolder(digest: ReturnType<typeof createHash>, folder: string, prefix: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    const name = `${prefix}/${entry.name}`
    if (entry.isDirectory()) await digestFolder(digest, path, name)
    else if (entry.isSymbolicLink()) digest.update(`link ${name} ${await readlink(path)}\n`)
    else if (entry.isFile()) digest.update(`file ${name}\n`).update(await readFile(path))
  }
}

/** Makes `<runtime>/<name>` with `fill` unless it is there; it appears complete or not at all. */
async function stage(runtime: string, name: string, fill: (target: string) => Promise<unknown>): Promise<string> {
  const target = join(runtime, name)
  if (await exists(target)) return target
  const half = join(runtime, `half-${process.pid}-${name}`)
  await rm(half, { recursive: true, force: true })
  await fill(half)
  const made = await stat(half)
  if (made.isDirectory()) await runTool('chmod', ['-R', 'a+rX', half])
  else if ((made.mode & 0o044) !== 0o044) await chmod(half, made.mode & 0o100 ? 0o555 : 0o444)
  // Nobody looks at the content again once the name is there, so it must not get there first when the power fails.
  await runTool('sync', made.isDirectory() ? ['-f', half] : [half])
  await rename(half, target)
  return target
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
