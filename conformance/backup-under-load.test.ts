/**
 * `algorist backup` of a server that is written to (docs/backup.md): what is restored to fresh data folders is compared with
 * what clients were told.
 */
import assert from 'node:assert/strict'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { compare } from './backup/compare.ts'
import { createLedger } from './backup/ledger.ts'
import { newFolder, startRestored } from './backup/restored.ts'
import { startWriters, type Writers } from './backup/writers.ts'
import { succeed } from './lib/algorist.ts'
import type { Json } from './lib/curl.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'

/** A tar file that is not compressed is in backup.test.ts. */
const TARGETS = ['folder', 'one.tar.gz'] as const
/** Facts that come before each backup, of kinds that stay as they are; the other writers are faster. */
const NEW_FACTS = { version: 1, key: 10, call: 10 }
const SURE_FACTS = NEW_FACTS.version + NEW_FACTS.key + NEW_FACTS.call
const WAIT_MS = 120_000

interface Backup {
  readonly summary: Json
  /** When the command began and when it had ended. */
  readonly copied: { readonly fromMs: number; readonly toMs: number }
}

const namesIn = (folder: string) => readdir(folder).then((names) => names.sort())

describe('a server under write load', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs data folders',
}, () => {
  const ledger = createLedger()
  const backups = new Map<string, Backup>()
  let [folder, home] = ['', '']
  let target: Target | undefined
  let writers: Writers | undefined

  before(async () => {
    folder = await newFolder()
    target = await startTarget()
    home = target.home ?? ''
    writers = await startWriters(target, ledger)
    for (const name of TARGETS) {
      await untilWritten()
      const fromMs = performance.now()
      const summary = await succeed(home, ['backup', join(folder, name)])
      backups.set(name, { summary, copied: { fromMs, toMs: performance.now() } })
    }
    await untilWritten()
    await writers.stop()
  })
  after(async () => {
    await writers?.stop().catch(() => {})
    await target?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const countOf = (kind: string) => ledger.facts().filter((fact) => fact.startsWith(`${kind}/`)).length

  /** So that each backup has what the one before has not, and lacks what comes after it. */
  async function untilWritten(): Promise<void> {
    const wanted = Object.entries(NEW_FACTS).map(([kind, more]) => ({ kind, count: countOf(kind) + more }))
    const isWritten = () => wanted.every(({ kind, count }) => countOf(kind) >= count)
    await until('enough that was written', isWritten, { timeoutMs: WAIT_MS }).catch(async (error) => {
      // It says why when a writer has failed.
      await writers?.stop()
      throw error
    })
  }

  for (const name of TARGETS) {
    test(`is backed up as ${name}, and every acknowledged write is in what is restored`, async (t) => {
      const { owner } = writers ?? assert.fail('not started')
      const { summary, copied } = backups.get(name) ?? assert.fail('no backup')
      const [backup, restoredHome] = [join(folder, name), join(folder, `home-${name}`)]
      assert.deepEqual(summary.problems, { count: 0, first: [] })
      assert.equal((await stat(backup)).mode & 0o077, 0)
      await succeed(home, ['backup', 'verify', backup])
      const { restoredKeys } = await succeed(restoredHome, ['restore', backup])
      assert.equal(restoredKeys, false)
      const restored = await startRestored(home, restoredHome)
      try {
        const { sure, wrong } = await compare(restored, owner, ledger, copied)
        assert.deepEqual(wrong, [])
        const { files, repositories, artifacts, seconds } = summary
        t.diagnostic(`${ledger.acknowledged()} writes acknowledged in all, ${sure} facts sure`)
        t.diagnostic(`${files} files, ${repositories} repositories, ${artifacts} artifacts in ${seconds} s`)
        assert.ok(sure >= SURE_FACTS, `${sure} facts`)
      } finally {
        await restored.close()
      }
    })
  }

  test('removes afterwards what it held back: no object, repository or artifact stays that no row names', async () => {
    const summary = await succeed(home, ['backup', join(folder, 'last')])
    const count = async () => {
      const objects = await readdir(join(home, 'data'), { recursive: true, withFileTypes: true })
      const repositories = (await namesIn(join(home, 'git'))).filter((name) => name.endsWith('.git'))
      const artifacts = await namesIn(join(home, 'runner/artifacts'))
      return [objects.filter((entry) => entry.isFile()).length, repositories.length, artifacts.length]
    }
    const expected = [summary.files, summary.repositories, summary.artifacts]
    await until('the removal of what was held back', async () => isDeepStrictEqual(await count(), expected))
  })
})
