/**
 * A client that owns algorithms and does everything an author does with them, one thing at a time: create, change,
 * push, compile, publish, call, delete. It alone writes the facts `algorithm|head|ref|built|build|version/AUTHOR/…`.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { commit, git, gitOrFail, headOf } from '../lib/algorithms.ts'
import { type Json, sendJson } from './api.ts'
import { ANY, type Model, type Value } from './model.ts'
import type { Random } from './random.ts'
import { type Uptime, untilCrash, WrongAnswer } from './uptime.ts'

export interface AuthorOptions {
  readonly username: string
  readonly key: string
  readonly model: Model
  readonly random: Random
  /** Where it keeps its clones. */
  readonly folder: string
}

export interface Author {
  readonly username: string
  readonly key: string
  /** What the code of a commit answers; undefined for a template. */
  textOf(commitSha: string): string | undefined
  work(uptime: Uptime): Promise<void>
}

/** Few, so that deleted names are used again. */
const NAMES = ['Alpha', 'Beta', 'Gamma']
const MAX_EXTRA_BYTES = 60_000

export function createAuthor({ username, key, model, random, folder }: AuthorOptions): Author {
  const texts = new Map<string, string>()
  let count = 0

  async function work(uptime: Uptime): Promise<void> {
    const { url } = uptime.server
    /** Clones that are known to be at the head of their repository. */
    const fresh = new Set<string>()
    const manage = (method: string, path: string, body?: unknown): Promise<Json> =>
      sendJson({ method, url: `${url}/v1/algorithms/${username}${path}`, key, body })
    await untilCrash(uptime, async () => {
      const existing = NAMES.filter((name) => model.facts.has(`algorithm/${username}/${name}`))
      const missing = NAMES.filter((name) => !existing.includes(name))
      const name = existing[random.below(existing.length)]
      const unborn = missing[random.below(missing.length)]
      const step = random.pick<() => Promise<void>>([
        ...(unborn && existing.length < 2 ? [[8, () => create(unborn)] as const] : []),
        ...(name
          ? ([
              [10, () => push(name)],
              [5, () => pushBranch(name)],
              [6, () => publish(name)],
              [3, () => compile(name)],
              [4, () => change(name)],
              [4, () => call(name)],
              [existing.length > 1 ? 1.5 : 0, () => remove(name)],
            ] as const)
          : []),
      ])
      await step?.()
    })

    async function create(name: string): Promise<void> {
      const tagline = `tagline ${++count}`
      const attempt = model.begin(`create ${username}/${name}`, {
        [`algorithm/${username}/${name}`]: tagline,
        [`head/${username}/${name}`]: ANY,
      })
      const settings = { language: 'python3', network_access: 'isolated', source_visibility: 'closed', license: 'apl' }
      const { version_info, build } = await manage('POST', '', { name, details: { label: name, tagline }, settings })
      attempt.answered({
        [`head/${username}/${name}`]: version_info.git_hash,
        [`built/${username}/${name}/${version_info.git_hash}`]: 'succeeded',
        [`build/${username}/${name}/${build.build_id}`]: `succeeded ${version_info.git_hash}`,
      })
      fresh.delete(name)
    }

    async function change(name: string): Promise<void> {
      const tagline = `tagline ${++count}`
      const attempt = model.begin(`change ${username}/${name}`, { [`algorithm/${username}/${name}`]: tagline })
      const { details } = await manage('PUT', `/${name}`, { details: { tagline } })
      if (details.tagline !== tagline) throw new WrongAnswer(`changed to ${tagline}, answered ${details.tagline}`)
      attempt.answered()
    }

    async function push(name: string): Promise<void> {
      const clone = await cloneOf(name)
      const text = `text ${username} ${++count}`
      const sha = await commit(clone, {
        [`src/${name}.py`]: `def apply(input):\n    return "${text}"\n`,
        'requirements.txt': '',
        'extra.txt': randomBytes(random.below(MAX_EXTRA_BYTES)).toString('hex'),
      })
      texts.set(sha, text)
      if (!uptime.isUp()) return
      const attempt = model.begin(`push ${username}/${name}`, {
        [`head/${username}/${name}`]: sha,
        [`built/${username}/${name}/${sha}`]: 'succeeded',
      })
      await pushTo(clone, name, 'refs/heads/master')
      attempt.answered()
    }

    /** A branch or tag that is stored and not built. */
    async function pushBranch(name: string): Promise<void> {
      const clone = await cloneOf(name)
      const ref = random.below(2) === 0 ? `refs/heads/topic/${++count}` : `refs/tags/tag${++count}`
      const attempt = model.begin(`push ${ref} to ${username}/${name}`, {
        [`ref/${username}/${name}/${ref}`]: await headOf(clone),
      })
      await pushTo(clone, name, ref)
      attempt.answered()
    }

    async function pushTo(clone: string, name: string, ref: string): Promise<void> {
      const { code, stderr } = await git(clone, 'push', '-q', gitUrl(name), `HEAD:${ref}`)
      if (code !== 0) throw new Error(`push of ${ref} to ${username}/${name}: ${stderr.slice(-1000)}`)
    }

    async function compile(name: string): Promise<void> {
      const attempt = model.begin(`compile ${username}/${name}`, {})
      const { version_info, build } = await manage('POST', `/${name}/compile`, {})
      const { build_id, status } = build
      attempt.answered({ [`build/${username}/${name}/${build_id}`]: `${status} ${version_info.git_hash}` })
    }

    /** Publishes the head, if it is built and not published yet. */
    async function publish(name: string): Promise<void> {
      const head = model.facts.get(`head/${username}/${name}`) ?? ''
      const fact = `version/${username}/${name}/${head}`
      if (model.facts.has(fact)) return
      const { results } = await manage('GET', `/${name}/builds`)
      if (results.find((build: Json) => build.commit_sha === head)?.status !== 'succeeded' || !uptime.isUp()) return
      const number = nextNumber(name)
      const attempt = model.begin(`publish ${username}/${name}`, { [fact]: number })
      const versionInfo = { semantic_version: number, git_hash: head }
      const { version_info } = await manage('POST', `/${name}/versions`, { version_info: versionInfo })
      if (version_info.semantic_version !== number || version_info.git_hash !== head) {
        throw new WrongAnswer(`published ${head} as ${number}, answered ${JSON.stringify(version_info)}`)
      }
      attempt.answered()
    }

    function nextNumber(name: string): string {
      const minors = [...model.facts]
        .filter(([fact]) => fact.startsWith(`version/${username}/${name}/`))
        .map(([, number]) => Number(number.split('.')[1]))
      return `0.${Math.max(0, ...minors) + 1}.0`
    }

    /** An answer of a version that was published must be that of its commit; calls leave no facts. */
    async function call(name: string): Promise<void> {
      const versions = [...model.facts].filter(([fact]) => fact.startsWith(`version/${username}/${name}/`))
      const [fact = '', number] = versions[random.below(versions.length)] ?? []
      const text = texts.get(fact.split('/')[3] ?? '')
      if (!number || !text) return
      const { result } = await sendJson({
        method: 'POST',
        url: `${url}/v1/algo/${username}/${name}/${number}`,
        key,
        body: 'x',
      })
      if (result !== text) throw new WrongAnswer(`${username}/${name}/${number}: expected ${text}, answered ${result}`)
    }

    async function remove(name: string): Promise<void> {
      const gone = [...model.facts.keys()].filter((fact) => {
        const [, owner, algorithm] = fact.split('/')
        return owner === username && algorithm === name
      })
      const facts = Object.fromEntries(gone.map((fact): [string, Value] => [fact, null]))
      const attempt = model.begin(`delete ${username}/${name}`, facts)
      await manage('DELETE', `/${name}`)
      attempt.answered()
      fresh.delete(name)
    }

    /** Brings the clone to the head; after a crash or a deletion it may be anywhere. */
    async function cloneOf(name: string): Promise<string> {
      const clone = join(folder, username, name)
      if (fresh.has(name)) return clone
      await mkdir(clone, { recursive: true })
      await gitOrFail(clone, 'init', '-q')
      await gitOrFail(clone, 'fetch', '-q', gitUrl(name), '+refs/heads/master:refs/remotes/origin/master')
      await gitOrFail(clone, 'reset', '-q', '--hard', 'refs/remotes/origin/master')
      fresh.add(name)
      return clone
    }

    function gitUrl(name: string): string {
      return `${url.replace('//', `//${username}:${key}@`)}/git/${username}/${name}.git`
    }
  }

  return { username, key, textOf: (commitSha) => texts.get(commitSha), work }
}
