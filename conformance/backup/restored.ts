/** Servers on what a backup was restored to. */
import { chmod, copyFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTarget, type Target } from '../lib/server.ts'

/** A folder for backups and data folders. Workers run under other users and must be able to walk down to their artifact. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-backups-'))
  await chmod(folder, 0o755)
  return folder
}

/**
 * Credentials stay out of a backup; what knows them carries them over.
 *
 * @param from data folder of the server that was backed up
 */
export async function startRestored(
  from: string,
  home: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Target> {
  await copyFile(join(from, 'bootstrap.json'), join(home, 'bootstrap.json'))
  return startTarget({ ...settings, ALGORIST_HOME: home })
}
