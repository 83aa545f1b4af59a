/**
 * A client that keeps files, one thing at a time: it creates, changes and deletes collections, puts, replaces, reads and
 * deletes files, and breaks off uploads. It alone writes the facts `collection/OWNER/NAME` (who may read it) and
 * `file/OWNER/NAME/FILE` (size and digest of the content) of its collections. Several keepers share an owner.
 */
import { randomBytes } from 'node:crypto'
import { send, sendJson } from './api.ts'
import {
  type Body,
  breakOffPut,
  contentOf,
  type DataAccess,
  digestOf,
  fileUrl,
  MISSING,
  put,
  trickle,
} from './data-requests.ts'
import type { Model, Value } from './model.ts'
import type { Random } from './random.ts'
import { type Uptime, untilCrash, WrongAnswer } from './uptime.ts'

export interface KeeperOptions {
  readonly username: string
  readonly key: string
  /** Names of its collections; nobody else uses them. */
  readonly names: readonly string[]
  readonly model: Model
  readonly random: Random
}

/** Few, so that they are replaced often. */
const FILES = ['a.bin', 'b c+d%.txt', 'ü.json']
const ACLS = [[], ['algo://.my/*'], ['user://*']]
const SMALL_BYTES = 64 * 1024
const LARGE_BYTES = 3 * 1024 * 1024

export function createKeeper({ username, key, names, model, random }: KeeperOptions) {
  async function work(uptime: Uptime): Promise<void> {
    const access: DataAccess = { url: `${uptime.server.url}/v1/data/${username}`, key }
    await untilCrash(uptime, async () => {
      const collections = names.filter((name) => model.facts.has(`collection/${username}/${name}`))
      const missing = names.filter((name) => !collections.includes(name))
      const collection = oneOf(collections)
      const unborn = oneOf(missing)
      const path = collection && `${collection}/${oneOf(FILES)}`
      const step = random.pick<() => Promise<void>>([
        ...(unborn ? [[4, () => create(unborn)] as const] : []),
        ...(collection && path
          ? ([
              [12, () => replace(path)],
              [3, () => replaceWhileRead(path)],
              [3, () => read(path)],
              [2, () => breakOff(path)],
              [model.facts.has(factOf(path)) ? 4 : 0, () => remove(path)],
              [2, () => changeAcl(collection)],
              [1, () => removeCollection(collection)],
            ] as const)
          : []),
      ])
      await step?.()
    })

    async function create(name: string): Promise<void> {
      const read = oneOf(ACLS) ?? []
      const attempt = model.begin(`create collection ${name}`, { [`collection/${username}/${name}`]: String(read) })
      await sendJson({ method: 'POST', url: access.url, key, body: { name, acl: { read } } })
      attempt.answered()
    }

    async function changeAcl(name: string): Promise<void> {
      const read = oneOf(ACLS) ?? []
      const attempt = model.begin(`change collection ${name}`, { [`collection/${username}/${name}`]: String(read) })
      await sendJson({ method: 'PATCH', url: `${access.url}/${name}`, key, body: { acl: { read } } })
      attempt.answered()
    }

    async function replace(path: string): Promise<void> {
      const content = newContent()
      const attempt = model.begin(`put ${path}`, { [factOf(path)]: digestOf(content) })
      await put(access, path, newBody(content))
      attempt.answered()
    }

    /** Whoever reads meanwhile gets all of the old or all of the new content. */
    async function replaceWhileRead(path: string): Promise<void> {
      const before = model.facts.get(factOf(path)) ?? MISSING
      const content = newContent()
      const after = digestOf(content)
      const attempt = model.begin(`put ${path} while it is read`, { [factOf(path)]: after })
      const replaced = put(access, path, newBody(content)).then(() => attempt.answered())
      const [seen] = await Promise.all([contentOf(access, path), replaced])
      if (![before, after].includes(seen)) throw new WrongAnswer(`${path}: neither ${before} nor ${after}, but ${seen}`)
    }

    async function read(path: string): Promise<void> {
      const expected = model.facts.get(factOf(path)) ?? MISSING
      const seen = await contentOf(access, path)
      if (seen !== expected) throw new WrongAnswer(`${path}: expected ${expected}, read ${seen}`)
    }

    /** A body that ends too early changes nothing, so there is nothing to note. */
    async function breakOff(path: string): Promise<void> {
      await breakOffPut(access, path, newContent())
      await read(path)
    }

    async function remove(path: string): Promise<void> {
      const attempt = model.begin(`delete ${path}`, { [factOf(path)]: null })
      await sendJson({ method: 'DELETE', url: fileUrl(access, path), key })
      attempt.answered()
    }

    async function removeCollection(name: string): Promise<void> {
      const files = [...model.facts.keys()].filter((fact) => fact.startsWith(`file/${username}/${name}/`))
      if (files.length > 0) await expectRefusal(name)
      if (!uptime.isUp()) return
      const gone = [`collection/${username}/${name}`, ...files]
      const facts = Object.fromEntries(gone.map((fact): [string, Value] => [fact, null]))
      const attempt = model.begin(`delete collection ${name}`, facts)
      const { result } = await sendJson({ method: 'DELETE', url: `${access.url}/${name}?force=true`, key })
      if (result.deleted !== Math.max(1, files.length)) {
        throw new WrongAnswer(`deleted ${name} with ${files.length} files, answered ${result.deleted}`)
      }
      attempt.answered()
    }

    async function expectRefusal(name: string): Promise<void> {
      const { status, text } = await send({ method: 'DELETE', url: `${access.url}/${name}`, key })
      if (status !== 400) throw new WrongAnswer(`deleted ${name}, in which are files, answered ${status} ${text}`)
    }
  }

  const factOf = (path: string): string => `file/${username}/${path}`
  const oneOf = <T>(choices: readonly T[]): T | undefined => choices[random.below(choices.length)]
  const newContent = (): Buffer =>
    randomBytes(random.below(random.fraction() < 0.2 ? LARGE_BYTES : random.fraction() < 0.1 ? 1 : SMALL_BYTES))
  const newBody = (content: Buffer): Body => (random.fraction() < 0.2 ? trickle(content) : content)

  return { work }
}
