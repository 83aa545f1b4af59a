/** Pushes that are refused, and pushes in a crowd (runtime.md 1.4, design.md 6). */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { git } from '../../lib/algorithms.ts'
import { run } from '../../lib/processes.ts'
import { answerOf } from '../lib/forge.ts'
import type { Answer, Row } from '../lib/rows.ts'
import { forge, post, shop } from './scene.ts'

/** The commit that `prepare` made for `send`. */
let forged = ''

export const pushRows: readonly Row[] = [
  {
    name: 'a push that rewrites history',
    sent: 'git push --force of a commit without parents',
    expected: { status: 1, message: /denying non-fast-forward|non-fast-forward/ },
    withinMs: 3000,
    async send() {
      const tree = await forge.tree([])
      const sha = await forge.object(
        'commit',
        `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nno parent\n`,
      )
      return forge.push(`${sha}:refs/heads/master`, '--force')
    },
  },
  {
    name: 'a push that deletes the default branch',
    inputs: [':refs/heads/master'],
    expected: { status: 1, message: /deletion prohibited|denying ref deletion|deleting/ },
    withinMs: 3000,
    send: (refspec) => forge.push(String(refspec), '--force'),
  },
  {
    name: 'a push to a ref that is neither branch nor tag',
    inputs: ['refs/notes/commits', 'refs/pull/1/head', 'refs/replace/x', 'refs/remotes/origin/x', 'refs/stash'],
    expected: { status: 1, message: /only branches and tags can be pushed|refusing to create funny ref/ },
    withinMs: 3000,
    send: (ref) => forge.push(`HEAD:${ref}`),
  },
  {
    name: 'a push to another branch or a tag is stored, not built',
    inputs: ['refs/heads/other', 'refs/tags/v1'],
    expected: { status: 0, message: /is stored; only master is built/ },
    withinMs: 3000,
    send: (ref) => forge.push(`HEAD:${ref}`),
  },
  {
    name: 'a commit that git itself would not make',
    inputs: ['no author', 'no tree', 'a time that is none', 'a NUL in the header', 'an unknown tree'],
    expected: { status: 1, message: /fsck error|missing|unpack|remote rejected/i },
    withinMs: 3000,
    async prepare(kind) {
      const tree = await forge.tree([])
      const texts: Record<string, string> = {
        'no author': `tree ${tree}\n\nx\n`,
        'no tree': 'author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n',
        'a time that is none': `tree ${tree}\nauthor A <a@b> x +0000\ncommitter A <a@b> 1 +0000\n\nx\n`,
        'a NUL in the header': `tree ${tree}\nauthor A\u0000 <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`,
        'an unknown tree': `tree ${'2'.repeat(40)}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`,
      }
      forged = await forge.object('commit', texts[String(kind)] ?? '')
    },
    // The pusher's own git would notice some of these first.
    send: () => pushPack(forged),
  },
  {
    name: 'a pack over the limit',
    sent: '3 MiB that do not compress, limit 1 MiB',
    expected: { status: 1, message: /pack exceeds maximum allowed size/ },
    withinMs: 5000,
    async prepare() {
      const sha = await forge.blob(randomBytes(3 << 20))
      forged = await forge.commit(await forge.treeWith([{ mode: '100644', name: 'random.bin', sha }]))
    },
    send: () => forge.push(`${forged}:refs/heads/master`),
  },
  {
    name: 'six pushes to one branch at the same time',
    sent: 'different commits on the same parent',
    expected: { status: 0, message: '1 stored, 5 refused' },
    withinMs: 15_000,
    async send() {
      const shas: string[] = []
      for (let n = 0; n < 6; n++) {
        const sha = await forge.blob(`version ${n}`)
        shas.push(await forge.commit(await forge.treeWith([{ mode: '100644', name: 'RACE', sha }])))
      }
      const answers = await Promise.all(shas.map((sha) => forge.push(`${sha}:refs/heads/master`)))
      const refused = answers.filter(({ status }) => status === 1)
      for (const { text } of refused) assert.match(text, /rejected|failed to (?:update|push)|cannot lock|fetch first/)
      return {
        status: 0,
        text: `${answers.filter(({ status }) => status === 0).length} stored, ${refused.length} refused`,
      }
    },
  },
  {
    name: 'clones while pushes arrive',
    sent: 'three pushes, eight clones',
    expected: { status: 0, message: '8 clones' },
    withinMs: 15_000,
    async send() {
      const pushing = (async () => {
        for (let n = 0; n < 3; n++) {
          const sha = await forge.blob(`during ${n}`)
          const commit = await forge.commit(await forge.treeWith([{ mode: '100644', name: 'DURING', sha }]))
          assert.equal((await forge.push(`${commit}:refs/heads/master`)).status, 0)
        }
      })()
      let clones = 0
      for (let n = 0; n < 8; n++) {
        const answer = answerOf(await git(forge.folder, 'clone', '-q', '--bare', shop.gitUrl, `../clone-${n}`))
        assert.equal(answer.status, 0, answer.text)
        clones++
      }
      await pushing
      return { status: 0, text: `${clones} clones` }
    },
  },
]

/** Pushes one commit alone, without the look at its objects that `git push` takes. */
async function pushPack(sha: string): Promise<Answer> {
  const pack = await run('git', ['pack-objects', '--stdout', '-q'], { cwd: forge.folder, input: `${sha}\n` })
  assert.equal(pack.code, 0, pack.stderr)
  const command = `${'0'.repeat(40)} ${sha} refs/heads/forged-${sha.slice(0, 8)}\u0000 report-status\n`
  const line = (command.length + 4).toString(16).padStart(4, '0') + command
  const answer = await post('git-receive-pack', Buffer.concat([Buffer.from(`${line}0000`), pack.stdout]))
  assert.equal(answer.status, 200, answer.text)
  assert.doesNotMatch(answer.text, /unpack ok/)
  return { status: 1, text: answer.text }
}
