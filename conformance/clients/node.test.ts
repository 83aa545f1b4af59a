/** The JavaScript client from npm, unmodified: 0.3.10, the newest there. Its cases are in node/*cases.js. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCases } from './lib/cases.ts'
import { type Platform, startPlatform } from './lib/platform.ts'
import { install, prepareTool, requireProgram } from './lib/toolbox.ts'

const PROJECT = join(import.meta.dirname, 'node')
const CASES = ['cases.js', 'data-cases.js'].map((name) => join(PROJECT, name))
const PACKAGE_FILES = ['package.json', 'package-lock.json', '.npmrc']

let platform: Platform
before(async () => {
  platform = await startPlatform({ hasDemo: true, hasCrowd: true })
})
after(() => platform?.close())

async function installNodeClient(): Promise<string> {
  await requireProgram('npm', ['--version'], 'npm')
  return prepareTool({
    name: 'node',
    madeFrom: PACKAGE_FILES.map((file) => join(PROJECT, file)),
    madeBy: process.version,
    install: async (folder) => {
      for (const file of PACKAGE_FILES) await copyFile(join(PROJECT, file), join(folder, file))
      await install('npm', ['ci', '--ignore-scripts', '--loglevel=error'], folder)
    },
  })
}

test('algorithmia 0.3.10 for Node', async (t) => {
  const folder = await installNodeClient()
  const reporter = `--test-reporter=${join(PROJECT, 'report.js')}`
  const env = { ...platform.environment, NODE_PATH: join(folder, 'node_modules'), NODE_NO_WARNINGS: '1' }
  await runCases(t, { command: process.execPath, args: ['--test', reporter, ...CASES], env })
})
