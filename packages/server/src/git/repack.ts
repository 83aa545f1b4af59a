/**
 * Puts the packs of a repository together: each push leaves one, and git looks through all of them. Nothing is thrown away,
 * neither what no branch reaches (a version may have been built from it) nor what a push brings meanwhile, since git deletes
 * only packs that it has put into the new one. Refs stay as they are, and no file appears beside them (untouched.ts).
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runGit } from './process.ts'
import type { Repositories, RepositoryRef } from './repositories.ts'
import { requireUntouched } from './untouched.ts'

/** A repository that takes longer is left as it is. */
const TIMEOUT_MS = 10 * 60_000

export async function countPacks(
  repositories: Pick<Repositories, 'pathOf'>,
  repository: RepositoryRef,
): Promise<number> {
  const names = await readdir(join(repositories.pathOf(repository), 'objects/pack'))
  return names.filter((name) => name.endsWith('.pack')).length
}

/**
 * With the rights of the owner, the lowest priority and one processor.
 * @throws GitError, RepositoryTouched; the repository is as good as before
 */
export async function repack(
  repositories: Pick<Repositories, 'pathOf' | 'uidOf' | 'settle'>,
  repository: RepositoryRef,
  signal: AbortSignal,
): Promise<void> {
  const path = repositories.pathOf(repository)
  await requireUntouched(path)
  // -k keeps what nothing reaches, -n writes no list for the old protocol.
  await runGit({
    uid: repositories.uidOf(repository),
    repository: path,
    args: ['-c', 'pack.threads=1', 'repack', '-a', '-d', '-k', '-n', '-q'],
    timeoutMs: TIMEOUT_MS,
    isNice: true,
    signal,
  })
  await repositories.settle(repository)
}
