/**
 * The permission matrix: every operation that is served, asked by everybody about everything it may be about, each cell one
 * request. What a cell must answer is computed from the contract (rules.ts), not from the server.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Operation } from '@algorist/contract/operation.ts'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { AUDIENCE, ISSUER, type Issuer, openIssuer, rsaKey } from '../lib/issuer.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { NOT_SERVED } from '../not-served.ts'
import { type Answered, type Asker, createAsker } from './ask.ts'
import type { Case } from './case-makers.ts'
import { permissionsPage } from './page.ts'
import { openPrincipals, type Principal, sessionOf } from './principals.ts'
import { REASONS, SECRETS } from './reasons.ts'
import { CASES } from './requests.ts'
import { expected } from './rules.ts'
import { openScene, type Scene } from './scene.ts'

const SERVED = OPERATIONS.filter(({ id }) => !NOT_SERVED.has(id))
/** As many as make a busy server, and fewer where each is a process of git. */
const AT_ONCE = 8
const GIT_AT_ONCE = 2
const DONE = [200, 201, 202, 204]

test('docs/permissions.md is what the script prints; `node conformance/matrix/page.ts > docs/permissions.md` writes it', async () => {
  assert.equal(await readFile(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8'), permissionsPage())
})

const isOurs = process.env.ALGORIST_TARGET === undefined

describe('the permission matrix', { timeout: 600_000, skip: !isOurs && 'needs settings of its own' }, () => {
  let issuer: Issuer
  let target: Target
  let asker: Asker
  let scene: Scene
  let principals: Principal[]
  let cells = 0
  before(async () => {
    const key = rsaKey('matrix')
    issuer = await openIssuer([key.jwk])
    target = await startTarget({
      ALGORIST_SIGN_UP: 'open',
      ALGORIST_JWT_JWKS_URL: `${issuer.url}/keys`,
      ALGORIST_JWT_ISSUER: ISSUER,
      ALGORIST_JWT_AUDIENCE: AUDIENCE,
      ALGORIST_JWT_USERNAME_CLAIM: 'preferred_username',
      ALGORIST_EGRESS_ALLOW: '127.0.0.1',
    })
    asker = createAsker(target.url)
    scene = await openScene(target, asker)
    principals = await openPrincipals(scene, asker, key)
  })
  after(async () => {
    console.log(`${cells} cells: ${SERVED.length} operations, ${principals?.length} principals`)
    asker?.close()
    await target?.close()
    await issuer?.close()
  })

  test('every operation that is served has its requests, and no other', () => {
    assert.deepEqual(Object.keys(CASES).sort(), SERVED.map(({ id }) => id).sort())
  })

  for (const operation of SERVED) {
    test(`${operation.id}: ${operation.who.join(', ')}; ${operation.on}`, async () => {
      const cases = CASES[operation.id]?.(scene) ?? []
      const asked = principals.flatMap((principal) => cases.map((each) => () => cell(operation, principal, each)))
      const wrong = (await inTurn(asked, operation.tag === 'git' ? GIT_AT_ONCE : AT_ONCE)).flat()
      cells += asked.length
      assert.deepEqual(wrong, [])
    })
  }

  /** The answer to a principal, as text without what is different in every reply. */
  async function tell(id: string, name: string, what: string): Promise<string> {
    const operation = SERVED.find((each) => each.id === id)
    const principal = principals.find((each) => each.name === name)
    const found = CASES[id]?.(scene).find((each) => each.what === what)
    assert.ok(operation && principal && found, `${id}, ${name}, ${what}`)
    const isGit = operation.tag === 'git'
    const { status, text } = await principal.send({ method: operation.method, ...found.asked }, { isGit })
    return `${status} ${text}`.replace(/"id":"[^"]*",?/g, '').replace(/algo:\/\/[\w/]+|(?<=repository )[\w/]+/g, 'IT')
  }

  for (const { name, operations, things, missing } of SECRETS) {
    test(`${name}: what is hidden is as what is not there, for ${operations.join(', ')}`, async () => {
      for (const id of operations) {
        const absent = await tell(id, name, missing)
        for (const what of things) assert.equal(await tell(id, name, what), absent, `${id}: ${what}`)
      }
    })
  }

  for (const [name, id, what, reason] of REASONS) {
    test(`${name}, ${id}, ${what}: ${reason}`, async () => {
      assert.match(await tell(id, name, what), reason)
    })
  }

  test('what is inside an algorithm is shown to those who look inside, its logs to those who may read them', async () => {
    const shown = async (name: string) =>
      JSON.parse((await tell('getAlgorithm', name, "organization's private algorithm")).slice('200 '.length))
    for (const name of ['org member, key', 'org executor, key', 'organization, key']) {
      assert.notEqual((await shown(name)).compilation.output, '', name)
    }
    const { build, compilation } = await shown('organization, key without management')
    assert.deepEqual([build.status, compilation.output], ['succeeded', ''])
  })

  test('a viewer sees keys without being able to use them', async () => {
    const listed = await tell('listKeys', 'viewer, signed in', 'user')
    assert.match(listed, /^200 \[\{/)
    assert.ok(!listed.includes(scene.spy.owner.key))
    assert.ok((await tell('listKeys', 'user, signed in', 'user')).includes(scene.spy.owner.key))
  })

  /** What is wrong with a cell. */
  async function cell(operation: Operation, principal: Principal, each: Case): Promise<string[]> {
    const wanted = expected(operation, principal, each.thing)
    const way = { isGit: operation.tag === 'git' }
    const { method } = operation
    let reply: Answered
    if (operation.id === 'logOut' && principal.credentials === 'session' && principal.account) {
      // Its own session is still needed.
      reply = await asker.ask({ method, ...each.asked, headers: await sessionOf(scene, asker, principal.account) })
    } else {
      const asked = wanted === 'allow' && each.fresh ? await each.fresh(principal) : each.asked
      reply = await principal.send({ method, ...asked }, way)
    }
    const statuses = wanted === 'allow' ? (each.done ?? DONE) : [wanted]
    if (statuses.includes(reply.status)) return []
    const what = `${principal.name} · ${operation.id} · ${each.what}`
    return [`${what}: expected ${statuses.join(' or ')}, got ${reply.status} ${reply.text.slice(0, 160)}`]
  }

  async function inTurn<T>(tasks: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> {
    const results: T[] = []
    const left = tasks.values()
    const worker = async (): Promise<void> => {
      for (const task of left) results.push(await task())
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return results
  }
})
