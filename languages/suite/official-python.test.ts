/**
 * The official Python packages, installed unmodified from the package index by our own build, served over frames.
 * Skipped with pip's reason where no index can be reached.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { commandOutsideSandbox, LANGUAGES_FOLDER, readLanguage } from './bridge-process.ts'
import { callOnce } from './call-once.ts'

const LIMIT_MS = 180_000
const language = readLanguage('python3')

for (const version of ['1.17.0', '2.0.5']) {
  describe(`algorithmia ${version} from the package index`, () => {
    it('serves an ADK algorithm, a handler and their errors', { timeout: LIMIT_MS }, async (test) => {
      const folder = mkdtempSync(join(tmpdir(), 'algorist-official-'))
      test.after(() => rmSync(folder, { recursive: true, force: true }))
      writeFileSync(join(folder, 'requirements.txt'), `algorithmia==${version}\n`)
      const failure = build(folder)
      if (failure !== undefined) return test.skip(failure)
      assert.deepEqual(await callCase(folder, 'adk', 'Jane'), ['V', 'hello Jane'])
      assert.deepEqual(await callCase(folder, 'handler', 'Jane'), ['V', '["loaded","str"]'])
      const [type, error] = await callCase(folder, 'old-exception-arguments', 'x')
      assert.equal(type, 'E')
      assert.match(error, /"message": "not supported".*"error_type": "UnsupportedError"/)
      assert.match(String(await callCase(folder, 'adk-load-fails', 'x')), /^L,.*"LoadingError"/)
      assert.match(String(await callCase(folder, 'adk-frozen-tampered', 'x')), /^L,.*Tamper Detected/)
    })
  })
}

/** Builds with the caller's own package index settings; the reason if the packages cannot be had. */
function build(folder: string): string | undefined {
  const [program = '', ...args] = commandOutsideSandbox(language, language.build)
  const done = spawnSync(program, args, {
    cwd: folder,
    env: { ...process.env, ...language.env, ALGORIST_ALGORITHM: 'Case' },
  })
  return done.status === 0 ? undefined : `no package index: ${done.stdout.toString().trim().split('\n').at(-1)}`
}

/** Calls a case's program once with the packages in `folder`: type and body of the answer. */
async function callCase(folder: string, fixture: string, text: string): Promise<[string, string]> {
  rmSync(join(folder, 'src'), { recursive: true, force: true })
  rmSync(join(folder, 'model_manifest.json.freeze'), { force: true })
  cpSync(join(LANGUAGES_FOLDER, 'python3', 'cases', fixture), folder, { recursive: true })
  return callOnce({ language, folder, algorithmName: 'Case' }, text)
}
