import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { createRemovalHold } from '../backup/removal-hold.ts'
import { createRepositories } from '../git/repositories.ts'
import { repackChore } from './repositories.ts'

const uid = process.getuid?.() === 0 ? 210_032 : undefined

test('packs are put together once a backup is done, once, and not under a push', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-repack-'))
  await chmod(folder, 0o711)
  const log = pino({ level: 'silent' })
  const removals = createRemovalHold({ log, isDiskFull: () => false })
  try {
    const repositories = await createRepositories({ folder: join(folder, 'git'), log, uidOf: () => uid })
    const [quiet, busy] = [randomUUID(), randomUUID()].map((id) => ({ id, ownerId: 'ann' }))
    assert.ok(quiet && busy)
    const files = [{ path: 'README.md', content: Buffer.from('# Hello\n'), executable: false }]
    const commit = { message: 'first', author: { name: 'ann', email: 'a@x.test' }, files }
    for (const repository of [quiet, busy]) await repositories.create(repository, commit)
    const packs = () =>
      Promise.all([quiet, busy].map((each) => readdir(join(repositories.pathOf(each), 'objects/pack'))))
    const before = await packs()

    const pushing = new Set<string>()
    let begun = 0
    const counting = {
      run: (remove: () => Promise<unknown>) =>
        removals.run(() => {
          begun++
          return remove()
        }),
    }
    const catalog = {
      ids: () => new Set([quiet.id, busy.id]),
      byId: (id: string) => [quiet, busy].find((each) => each.id === id) as never,
    }
    const isPushing = (id: string) => pushing.has(id)
    const chore = repackChore({ catalog, repositories, isPushing, removals: counting, maxPacks: -1, log })
    const held = await removals.begin()
    const signal = new AbortController().signal
    for (let round = 0; round < 2; round++) {
      const turns = await Array.fromAsync(chore.run({ isUrgent: false, signal }))
      assert.deepEqual(
        turns.map(({ rows }) => rows),
        [0, 0],
      )
    }
    assert.deepEqual(await packs(), before)
    pushing.add(busy.id)
    held.release()
    await removals.close()
    assert.equal(begun, 2)
    const after = await packs()
    assert.deepEqual(after[1], before[1])
    assert.ok(after[0]?.some((name) => name.endsWith('.pack')))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
