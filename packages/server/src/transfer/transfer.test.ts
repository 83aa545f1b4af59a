import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { createUser } from '../accounts/accounts.ts'
import { testDatabases } from '../db/testing.ts'
import { digestOf } from '../keys/key-ring.ts'
import { readBundle } from './bundle-reader.ts'
import { exportOwner } from './export.ts'
import { importOwner } from './import.ts'
import { type Bench, type BundleParts, gitBundle, goodParts, openBench, writeParts } from './testing.ts'

/** More than are stored together (file-staging.ts). */
const MANY = 300
const NOTHING_LEFT = { repositories: 0, objects: 0, accounts: 0, collections: 0 }

for (const { engine, open: openDatabase } of testDatabases()) {
  describe(`moving an owner on ${engine}`, { timeout: 120_000 }, () => {
    async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
      const bench = await openBench((await openDatabase()).db)
      try {
        await use(bench)
      } finally {
        await bench.close()
      }
    }

    async function write(bench: Bench, parts: BundleParts): Promise<string> {
      const path = join(bench.folder, `${randomUUID()}.tar`)
      await writeParts(path, parts)
      return path
    }

    test('what was imported is exported the same', () =>
      withBench(async (bench) => {
        const parts = goodParts('ann')
        await bench.import(await write(bench, parts))
        const again = join(bench.folder, 'again.tar')
        await exportOwner(bench.services, { owner: 'ANN', path: again, withLogin: false })
        const entries = await contentsOf(again)
        assert.deepEqual(JSON.parse(entries.get('account.json') ?? ''), parts.account)
        const [key] = JSON.parse(entries.get('keys.json') ?? '')
        assert.deepEqual([key.digest, key.permissions.algo_acl], [digestOf('key of ann'), ['algo://ann/*']])
        assert.deepEqual(JSON.parse(entries.get('algorithms/Hello.json') ?? ''), parts.algorithms[0])
        assert.deepEqual(
          JSON.parse(entries.get('collections.json') ?? '').toSorted(byName),
          parts.collections.toSorted(byName),
        )
        for (const [name, content] of parts.files) assert.equal(entries.get(name), content)
      }))

    test('ids that are taken are replaced wherever they are meant', () =>
      withBench(async (bench) => {
        const parts = goodParts('ann')
        await bench.import(await write(bench, parts))
        const { inventory, plan } = await bench.import(
          await write(bench, { ...parts, keys: [], account: { ...parts.account, email: 'other@example.com' } }),
          'bob',
        )
        const { db, directory } = bench.services
        const bob = directory.byName('bob')
        assert.ok(bob && bob.id !== parts.account.id && bob.id === plan.idOf(parts.account.id))
        const [hello] = inventory.algorithms
        const row = await db
          .selectFrom('algorithms')
          .selectAll()
          .where('owner_id', '=', bob.id)
          .executeTakeFirstOrThrow()
        assert.equal(row.id, plan.idOf(hello?.id ?? ''))
        const collections = await db.selectFrom('collections').selectAll().where('owner_id', '=', bob.id).execute()
        assert.deepEqual(new Set(collections.map(({ scope }) => scope)), new Set(['', `algo:${row.id}`]))
        assert.equal(row.default_collection_id, collections.find(({ name }) => name === 'shelf')?.id)
        const versions = await db
          .selectFrom('versions')
          .innerJoin('builds', 'builds.id', 'versions.build_id')
          .select(['versions.minor', 'builds.number'])
          .where('builds.algorithm_id', '=', row.id)
          .orderBy('builds.number')
          .execute()
        assert.deepEqual(versions, [
          { minor: 0, number: 3 },
          { minor: 2, number: 7 },
        ])
        assert.equal((await bench.services.repositories.head({ id: row.id, ownerId: bob.id }))?.length, 40)
      }))

    test('an imported account is no administrator, and its keys do what they did under its new name', () =>
      withBench(async (bench) => {
        await bench.import(await write(bench, goodParts('ann')), 'bob')
        const { directory, keyRing } = bench.services
        const key = keyRing.lookup('key of ann')
        assert.ok(key?.kind === 'standard')
        assert.deepEqual([key.rights.algoAcl, key.rights.allowData], [['algo://bob/*'], false])
        assert.equal(directory.byName('bob')?.isAdmin, false)
        assert.equal(directory.byName('ann'), undefined)
      }))

    test('of an import under way and 32 users who want its name one gets it, and an import that lost leaves nothing', () =>
      withBench(async (bench) => {
        const importing = bench.import(await write(bench, goodParts('ann')))
        importing.catch(() => {})
        while ((await bench.leftovers()).accounts === 0) await new Promise(setImmediate)
        const users = Array.from({ length: 32 }, (_, index) =>
          createUser(bench.services, { username: 'Ann', email: `${index}@example.com` }),
        )
        const [imported, ...created] = await Promise.allSettled([importing, ...users])
        assert.equal([imported, ...created].filter(({ status }) => status === 'fulfilled').length, 1)
        if (imported?.status !== 'rejected') return
        assert.match(imported.reason.message, /taken just now.*--as/)
        assert.deepEqual(await bench.leftovers(), NOTHING_LEFT)
      }))

    test('two imports at a time are one too many', () =>
      withBench(async (bench) => {
        const path = await write(bench, goodParts('ann'))
        const outcomes = await Promise.allSettled([bench.import(path), bench.import(path)])
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['fulfilled', 'rejected'],
        )
      }))

    test(`${MANY} files come along, and when one of them cannot be stored none stays`, () =>
      withBench(async (bench) => {
        const { parts, names } = manyFiles(MANY)
        await bench.import(await write(bench, parts))
        const rows = await bench.services.db.selectFrom('files').select(['name', 'size_bytes']).execute()
        assert.deepEqual(rows.map(({ name }) => name).sort(), names)
        const usage = await bench.services.db.selectFrom('data_usage').selectAll().execute()
        assert.deepEqual(usage, [
          { owner_id: parts.account.id, files: MANY, bytes: rows.reduce((sum, { size_bytes }) => sum + size_bytes, 0) },
        ])
        const { objects } = bench.services
        let left = MANY - 50
        const failing: typeof objects = {
          ...objects,
          write: (body, options, use) => {
            if (left-- > 0) return objects.write(body, options, use)
            return Promise.reject(new ApiError('StorageFailed', 'the disk is full'))
          },
        }
        const other = { ...manyFiles(MANY).parts, manifest: parts.manifest }
        const path = await write(bench, {
          ...other,
          keys: [],
          account: { ...other.account, name: 'bob', email: 'b@example.com' },
        })
        const options = { path, as: undefined, operatorId: '' }
        await assert.rejects(importOwner({ ...bench.services, objects: failing }, options), /disk is full/)
        assert.deepEqual(await bench.leftovers(), NOTHING_LEFT)
      }))

    test('what is wrong with a bundle is said, and nothing of it stays', () =>
      withBench(async (bench) => {
        for (const [what, { parts, reason }] of Object.entries(wrongBundles())) {
          const path = await write(bench, parts)
          const isRight = (error: unknown) => error instanceof ApiError && reason.test(error.message)
          await assert.rejects(bench.import(path), isRight, what)
          assert.deepEqual(await bench.leftovers(), NOTHING_LEFT, what)
          assert.equal(bench.services.directory.byName('ann'), undefined, what)
        }
      }))
  })
}

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)

async function contentsOf(path: string): Promise<Map<string, string>> {
  const file = await open(path)
  const found = new Map<string, string>()
  try {
    for await (const { name, body } of readBundle(file))
      found.set(name, Buffer.concat(await Array.fromAsync(body)).toString())
  } finally {
    await file.close()
  }
  return found
}

/** One collection, with files of a few bytes and some that are larger than what is written together. */
function manyFiles(count: number): { readonly parts: BundleParts; readonly names: string[] } {
  const parts = goodParts('ann')
  const names = Array.from({ length: count }, (_, index) => `file ${String(index).padStart(4, '0')}`)
  const contentOf = (name: string, index: number) => (index % 100 === 0 ? 'x'.repeat(300_000) : name)
  const files = names.map((name, index) => [`data/shelf/${name}`, contentOf(name, index)] as const)
  return { parts: { ...parts, collections: parts.collections.slice(0, 1), files }, names }
}

/** Each is good but for one thing. */
function wrongBundles(): Record<string, { readonly parts: BundleParts; readonly reason: RegExp }> {
  const good = goodParts('ann')
  const [hello = assert.fail(), key = assert.fail()] = [good.algorithms[0], good.keys[0]]
  const [first = assert.fail(), second = assert.fail()] = hello.versions
  const withHello = (change: object): BundleParts => ({ ...good, algorithms: [{ ...hello, ...change }] })
  const withFile = (name: string): BundleParts => ({ ...good, files: [...good.files, [name, 'x']] })
  const withRepository = (bundle: Buffer): BundleParts => ({
    ...good,
    repositories: { 'algorithms/Hello.bundle': bundle },
  })
  const withKey = (change: object): BundleParts => ({ ...good, keys: [{ ...key, ...change }] })
  const { bundle } = gitBundle()
  const head = (text: string) => Buffer.concat([Buffer.from(text), bundle.subarray(bundle.indexOf('\n\n'))])
  return {
    'a newer format': {
      parts: { ...good, manifest: { ...good.manifest, version: 2 } },
      reason: /format version 2.*newer/,
    },
    'another format': {
      parts: { ...good, manifest: { ...good.manifest, format: 'x' } },
      reason: /manifest.json.format/,
    },
    'an admin key': { parts: withKey({ kind: 'PlatformAdminKey' }), reason: /kind/ },
    'rights that are none': { parts: withKey({ permissions: { algo_acl: ['everything'] } }), reason: /algo_acl/ },
    'a password that costs too much to check': {
      parts: {
        ...good,
        account: {
          ...good.account,
          password_hash: `$argon2id$v=19$m=9999999,t=9,p=9$${'a'.repeat(22)}$${'a'.repeat(43)}`,
        },
      },
      reason: /password_hash/,
    },
    'a password that cannot be checked': {
      parts: {
        ...good,
        account: { ...good.account, password_hash: `$argon2id$v=19$m=8,t=0,p=0$${'a'.repeat(22)}$${'a'.repeat(43)}` },
      },
      reason: /password_hash/,
    },
    'a time that is none': { parts: withHello({ created_at: '2026-13-01T00:00:00.000Z' }), reason: /created_at/ },
    'a limit that is none': {
      parts: withHello({ settings: { ...hello.settings, limits: { tmp_bytes: 0 } } }),
      reason: /tmp_bytes/,
    },
    'an id that is a path': { parts: withHello({ id: '../../../../etc' }), reason: /'.*id'/ },
    'a language that is a path': { parts: withHello({ language: '../python3' }), reason: /language/ },
    'a NUL in a text': { parts: withHello({ sample_input: 'a\0b' }), reason: /NUL/ },
    'half of a character in a text': { parts: withHello({ sample_input: 'a\ud800b' }), reason: /not Unicode/ },
    'two versions of one number': {
      parts: withHello({ versions: [first, { ...second, minor: 0, revision: 0 }] }),
      reason: /1\.0\.0/,
    },
    'two versions of one build': {
      parts: withHello({ versions: [first, { ...second, build_id: first.build_id }] }),
      reason: /one build/,
    },
    'a version without a build': { parts: withHello({ builds: hello.builds.slice(1) }), reason: /has no build/ },
    'two algorithms of one name': {
      parts: {
        ...good,
        algorithms: [hello, { ...hello, id: randomUUID(), name: 'HELLO', builds: [], versions: [] }],
        repositories: { ...good.repositories, 'algorithms/HELLO.bundle': bundle },
      },
      reason: /algorithms of one name/,
    },
    'no repository': { parts: { ...good, repositories: {} }, reason: /no repository/ },
    'a file of no collection': { parts: withFile('data/other/x'), reason: /belongs to no collection/ },
    'a file with a path': { parts: withFile('data/shelf/../../x'), reason: /no part of a bundle/ },
    'a file at the root': { parts: withFile('/etc/passwd'), reason: /no part of a bundle/ },
    'a file twice': { parts: withFile('algorithm-data/Hello/perm/state'), reason: /in order|twice/ },
    'a name that is too long': { parts: withFile(`algorithm-data/Hello/perm/${'x'.repeat(256)}`), reason: /no part/ },
    'a file that is too large': {
      parts: { ...good, files: [...good.files, ['algorithm-data/Hello/perm/x', 'x'.repeat(1024 * 1024 + 1)]] },
      reason: /largest file/,
    },
    'members of a user': {
      parts: { ...good, account: { ...good.account, members: [{ name: 'a', email: 'a@example.com', role: 'owner' }] } },
      reason: /no members/,
    },
    'no git bundle': { parts: withRepository(Buffer.from('hello\n\n')), reason: /no git bundle/ },
    'a repository that is cut off': { parts: withRepository(bundle.subarray(0, -30)), reason: /Hello\.bundle/ },
    'objects that no push may have': {
      parts: withRepository(gitBundle((blob) => `100644 blob ${blob}\t.git\n`).bundle),
      reason: /hasDotgit/,
    },
    'a reference out of the repository': {
      parts: withRepository(head(`# v2 git bundle\n${gitBundle().commit} refs/heads/../../../x`)),
      reason: /Hello\.bundle/,
    },
    'a reference to nothing': {
      parts: withRepository(head(`# v2 git bundle\n${'1'.repeat(40)} refs/heads/master`)),
      reason: /Hello\.bundle/,
    },
    'another kind of reference': {
      parts: withRepository(head(`# v2 git bundle\n${gitBundle().commit} refs/replace/x`)),
      reason: /branches and tags alone/,
    },
  }
}
