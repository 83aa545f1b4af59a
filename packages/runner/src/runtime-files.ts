/**
 * Copies what sandboxes mount (languages, Node, the relay, files of `/etc`, CA bundles) to `<home>/runtime`, readable by
 * every uid: bubblewrap runs under uids that can read neither a checkout in a home folder nor a 0700 one. A copy is named
 * by what is in it, complete when it is there, and made once (staging.ts).
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type LanguageCopies, stageLanguages } from './language-copies.ts'
import type { Language } from './languages.ts'
import type { RunnerOptions } from './options.ts'
import { INSIDE_UID } from './sandbox/bubblewrap.ts'
import { resolvConf } from './sandbox/network/layout.ts'
import type { Bind } from './sandbox/sandbox.ts'
import { stage, stageFolder } from './staging.ts'

export interface RuntimeFiles {
  /** Copy of each language's folder, by language id; there once `prepare` has resolved. */
  readonly languages: LanguageCopies['copies']
  readonly prepare: LanguageCopies['prepare']
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
    ...hostMounts(language.mounts),
  ]
}

/** Those of the paths that this host has, where they are. */
export function hostMounts(paths: readonly string[]): Bind[] {
  return paths.filter((path) => existsSync(path)).map((path) => ({ source: path, target: path }))
}

/** Fills `runtime` and removes copies that are no longer used by any server. */
export async function stageRuntimeFiles(
  runtime: string,
  languages: readonly Language[],
  options: Pick<RunnerOptions, 'node' | 'buildNetwork' | 'isShared' | 'log'>,
): Promise<RuntimeFiles> {
  const relayFile = join(import.meta.dirname, 'relay', 'relay.pl')
  const { copies, prepare } = await stageLanguages(runtime, languages, options.log)
  const certificates = await Promise.all(options.buildNetwork.files.map((file) => stageFile(runtime, file)))
  const staged: RuntimeFiles = {
    languages: copies,
    prepare,
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
