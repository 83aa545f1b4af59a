/** What a push causes: a build record before the pusher's command returns, and its progress on their screen. */
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@algorist/contract/errors.ts'
import { lookUp } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import { type AuthorizeGit, createGitHost, type GitHost } from '../git/http-backend.ts'
import type { PushConversation } from '../git/push-line.ts'
import { defaultBranch } from '../git/repositories.ts'
import { hasManagementRight, isOwn, mayReadSource } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { BuildRow } from './queries.ts'

type Uses = Pick<Services, 'config' | 'log' | 'directory' | 'catalog' | 'repositories' | 'builds' | 'disk'>

export interface AlgorithmGitOptions {
  /** Account of a Basic user and password; throws NotAuthenticated. */
  readonly authenticateBasic: (user: string, password: string, address: string) => Promise<Caller>
  /** How long a push shows the progress of its build; after that it says where to look. */
  readonly showProgressMs?: number
}

/** The git host for algorithms: rights by permissions.ts, builds by the queue. */
export function createAlgorithmGitHost(
  services: Uses,
  { authenticateBasic, showProgressMs = 30_000 }: AlgorithmGitOptions,
): GitHost {
  const { config, log, repositories, builds } = services
  return createGitHost({
    repositories,
    log,
    authenticateBasic,
    authorize: authorizeGit(services),
    onPush: (push) => receivePush(services, { ...push, algorithmId: push.repository.id, showProgressMs }),
    onLostPush: ({ id }) => builds.ensureHeadBuilt(id),
    limits: {
      maxInputBytes: config.git.pushBytes,
      timeoutMs: config.git.timeoutMs,
      maxConcurrent: config.git.concurrency,
    },
  })
}

/**
 * Reading: the owner and members, and every account where the source is open. Writing: the owner and members, with the
 * management right (rest-api.md X22), while the disk has room. What a caller may not even know of does not exist.
 */
export function authorizeGit(services: Pick<Services, 'directory' | 'catalog' | 'disk'>): AuthorizeGit {
  return (caller, { owner, name, action }) => {
    const entry = lookUp(services, { owner, algorithm: name })?.entry
    if (!entry || !mayReadSource(services.directory, caller, entry)) {
      throw new ApiError('PathNotFound', `There is no repository ${owner}/${name}, or you may not read it`)
    }
    if (action === 'read') return entry
    if (!isOwn(services.directory, caller, entry.ownerId)) {
      throw new ApiError('NotAuthorized', `Only ${owner} and members may push to ${owner}/${name}`)
    }
    if (!hasManagementRight(caller)) {
      throw new ApiError('NotAuthorized', 'This API key has no right to manage algorithms (allow_algo_management)')
    }
    services.disk.requireRoom()
    return entry
  }
}

interface Push extends PushConversation {
  readonly algorithmId: string
  readonly caller: Caller
  readonly showProgressMs: number
}

/** Records builds, then talks. Throws when a build could not be recorded. */
async function receivePush(services: Uses, push: Push): Promise<void> {
  const { algorithmId, caller, updates, print } = push
  const requestedBy = caller.kind === 'anonymous' ? '' : caller.account.id
  for (const { ref, after } of updates.filter(isNewCommit)) {
    if (ref !== defaultBranch) {
      print(`${ref.replace(/^refs\/(heads|tags)\//, '')} is stored; only master is built\n`)
      continue
    }
    const build = await services.builds.enqueue({ algorithmId, commitSha: after, requestedBy })
    if (build) await showBuild(services, push, build)
  }
}

async function showBuild({ builds, config, catalog, directory }: Uses, push: Push, build: BuildRow): Promise<void> {
  const { print, gone, showProgressMs } = push
  const entry = catalog.byId(build.algorithm_id)
  const path = `${entry && directory.byId(entry.ownerId)?.name}/${entry?.name}`
  print(`build ${build.id} of ${build.commit_sha}\n`)
  print(`call it, once built, with POST ${config.url}/v1/algo/${path}/${build.commit_sha}\n\n`)
  const enough = AbortSignal.any([gone, AbortSignal.timeout(showProgressMs)])
  const stop = builds.subscribe(build.id, print)
  const ended = await Promise.race([
    builds.waitFor(build.id, enough).catch(() => undefined),
    // The signal's own timer does not keep anything waiting that the queue has lost sight of.
    delay(showProgressMs + 1000, undefined, { ref: false }),
  ])
  stop()
  if (gone.aborted) return
  if (ended?.status === 'succeeded') print(`\nbuild successful for algo://${path}/${build.commit_sha}\n`)
  else if (ended?.status === 'failed') print(`\nbuild FAILED for algo://${path}/${build.commit_sha}\n`)
  else print(`\nstill building; follow it at ${config.url}/v1/algorithms/${path}/builds/${build.id}\n`)
}

function isNewCommit({ after }: { after: string }): boolean {
  return !/^0+$/.test(after)
}
