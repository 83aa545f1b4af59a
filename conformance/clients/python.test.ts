/**
 * The Python client from PyPI, unmodified, both generations: the last 2.x and the last 1.x. The cases are in
 * python/cases_*.py and speak through the package's own classes.
 */
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCases } from './lib/cases.ts'
import { type Platform, startPlatform } from './lib/platform.ts'
import { installPythonClient, PYTHON_RELEASES } from './lib/python-client.ts'

const CASES = join(import.meta.dirname, 'python/main.py')

let platform: Platform
before(async () => {
  platform = await startPlatform({ hasDemo: true, hasCrowd: true })
})
after(() => platform?.close())

for (const release of PYTHON_RELEASES) {
  test(`algorithmia ${release} for Python`, async (t) => {
    const library = await installPythonClient(release)
    const env = { ...platform.environment, PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: '1', CASES_RELEASE: release }
    await runCases(t, { command: 'python3', args: [CASES], env })
  })
}
