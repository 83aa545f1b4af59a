/** The JavaScript client from npm, unmodified: 0.3.10, the newest there. Its cases are in node/*cases.js. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from './lib/cases.ts'
import { install, prepareTool, requireProgram } from './lib/toolbox.ts'

const PROJECT = join(import.meta.dirname, 'node')
const CASES = ['cases.js', 'data-cases.js'].map((name) => join(PROJECT, name))
const PACKAGE_FILES = ['package.json', 'package-lock.json', '.npmrc']

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

export const NODE_CLIENT: Client = {
  name: 'algorithmia 0.3.10 for Node',
  async prepare(environment) {
    const folder = await installNodeClient()
    const reporter = `--test-reporter=${join(PROJECT, 'report.js')}`
    const env = { ...environment, NODE_PATH: join(folder, 'node_modules'), NODE_NO_WARNINGS: '1' }
    return { command: process.execPath, args: ['--test', reporter, ...CASES], env }
  },
}
