/** The commit log of a repository (rest-api.md 3.2, row 54). */
import { GitError } from './process.ts'
import { defaultBranch, isSha, type Repositories, type RepositoryRef } from './repositories.ts'

export interface LogEntry {
  readonly id: string
  readonly short_message: string
  readonly message: string
  readonly author: string
}

export interface LogRange {
  /** Oldest and newest commit, both included; absent means the first commit and the head. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** A log is read whole; older commits than this many stay out. */
const maxCommits = 1000

/**
 * Commits newest first, or null when one of the two commits is not in the repository.
 * @param range full SHAs
 */
export async function readLog(
  repositories: Repositories,
  repository: RepositoryRef,
  { since, until }: LogRange,
): Promise<readonly LogEntry[] | null> {
  for (const sha of [since, until]) if (sha !== undefined && !isSha(sha)) return null
  // `^@` names all parents, so `since` itself stays in; a first commit simply has none.
  const excluded = since === undefined ? [] : ['--not', `${since}^@`]
  const fields = ['%H', '%an <%ae>', '%s', '%B'].join('%x00')
  const args = [
    'log',
    '-z',
    `--max-count=${maxCommits}`,
    `--format=${fields}`,
    until ?? defaultBranch,
    ...excluded,
    '--',
  ]
  try {
    return parseLog((await repositories.run(repository, args)).toString())
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 128) return null
    throw error
  }
}

function parseLog(output: string): LogEntry[] {
  const parts = output.split('\0')
  const entries: LogEntry[] = []
  for (let at = 0; at + 3 < parts.length; at += 4) {
    const [id = '', author = '', short_message = '', message = ''] = parts.slice(at, at + 4)
    entries.push({ id, short_message, message: message.trimEnd(), author })
  }
  return entries
}
