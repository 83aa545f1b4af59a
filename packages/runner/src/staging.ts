/** Copies of what sandboxes mount, in the folder `runtime`: named by what is in them, complete when they are there, made once. */
import { createHash } from 'node:crypto'
import { chmod, cp, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runTool } from './tool.ts'

/** What is done to a copy before it is used, and a text that stands for what else that depends on. */
export interface Finish {
  readonly label: string
  fill(copy: string): Promise<void>
}

/** Copies a folder under a name that says what is in it. */
export async function stageFolder(runtime: string, source: string, finish?: Finish): Promise<string> {
  const digest = createHash('sha256').update(finish?.label ?? '')
  await digestFolder(digest, source, '')
  return stage(runtime, `${basename(source)}-${digest.digest('hex').slice(0, 16)}`, async (target) => {
    await cp(source, target, { recursive: true, verbatimSymlinks: true })
    await finish?.fill(target)
  })
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
export async function stage(
  runtime: string,
  name: string,
  fill: (target: string) => Promise<unknown>,
): Promise<string> {
  const target = join(runtime, name)
  if (await exists(target)) return target
  const half = join(runtime, `half-${process.pid}-${name}`)
  await rm(half, { recursive: true, force: true })
  await fill(half).catch(async (error) => {
    await rm(half, { recursive: true, force: true })
    throw error
  })
  const made = await stat(half)
  if (made.isDirectory()) await runTool('chmod', ['-R', 'a+rX', half])
  else if ((made.mode & 0o044) !== 0o044) await chmod(half, made.mode & 0o100 ? 0o555 : 0o444)
  // Nobody looks at the content again once the name is there, so it must not get there first when the power fails.
  await runTool('sync', made.isDirectory() ? ['-f', half] : [half])
  await rename(half, target).catch(async (error) => {
    // The server before this one has made it meanwhile.
    if (!(await exists(target))) throw error
    await rm(half, { recursive: true, force: true })
  })
  return target
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
