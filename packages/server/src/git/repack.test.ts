import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import { countPacks, repack } from './repack.ts'
import { createRepositories, type Repositories, type RepositoryRef } from './repositories.ts'
import { requireUntouched } from './untouched.ts'

const uid = process.getuid?.() === 0 ? 210_031 : undefined
const never = new AbortController().signal

describe('putting packs together', { timeout: 120_000 }, () => {
  let folder: string
  let repositories: Repositories
  const repository: RepositoryRef = { id: randomUUID(), ownerId: 'ann' }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-repack-'))
    await chmod(folder, 0o711)
    const log = pino({ level: 'silent' })
    repositories = await createRepositories({ folder: join(folder, 'git'), log, uidOf: () => uid })
    const files = [{ path: 'README.md', content: Buffer.from('# Hello\n'), executable: false }]
    await repositories.create(repository, { message: 'first', author: { name: 'ann', email: 'a@x.test' }, files })
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const head = async (ref: string) => (await repositories.run(repository, ['rev-parse', ref])).toString().trim()

  /** As a push does: one pack, one commit more. */
  async function commit(ref: string, number: number): Promise<string> {
    const stream = [
      `commit ${ref}\ncommitter a <a@x.test> ${1_700_000_000 + number} +0000\ndata 1\nx\n`,
      `from ${ref}^0\nM 100644 inline file${number}\ndata 40\n${String(number).padEnd(40, 'y')}\ndone\n`,
    ]
    await repositories.run(repository, ['fast-import', '--quiet', '--done'], Buffer.from(stream.join('')))
    return head(ref)
  }

  test('keeps every commit, also those that no branch reaches, and what comes meanwhile', async () => {
    const commits = [await head('refs/heads/master')]
    for (let number = 1; number <= 15; number++) commits.push(await commit('refs/heads/master', number))
    // A version may have been built from what a branch no longer names.
    await repositories.run(repository, ['update-ref', 'refs/heads/side', commits[0] ?? ''])
    const lost = await commit('refs/heads/side', 100)
    await repositories.run(repository, ['update-ref', '-d', 'refs/heads/side'])
    const before = await countPacks(repositories, repository)
    assert.ok(before > 15, `${before} packs`)

    const meanwhile = async () => {
      for (let number = 16; number <= 30; number++) commits.push(await commit('refs/heads/master', number))
    }
    await Promise.all([repack(repositories, repository, never), meanwhile()])
    await repack(repositories, repository, never)

    assert.ok((await countPacks(repositories, repository)) < 5)
    for (const sha of [...commits, lost]) assert.ok(await repositories.hasCommit(repository, sha), sha)
    await repositories.run(repository, ['fsck', '--full', '--strict'])
    await requireUntouched(repositories.pathOf(repository))
    assert.equal(await repositories.head(repository), commits.at(-1))
  })

  test('that is stopped half-way leaves a good repository, and what it began is swept at a start', async () => {
    for (let number = 31; number <= 40; number++) await commit('refs/heads/master', number)
    for (const afterMs of [1, 5, 10, 20, 40]) {
      await repack(repositories, repository, AbortSignal.timeout(afterMs)).catch(() => {})
      await repositories.sweep(new Set([repository.id]))
      await repositories.run(repository, ['fsck', '--full'])
    }
  })
})
