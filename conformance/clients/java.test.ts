/** The Java client from Maven Central, unmodified: 1.0.16, the newest there. Its cases are in java/src. */
import { copyFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCases } from './lib/cases.ts'
import { type Platform, startPlatform } from './lib/platform.ts'
import { install, prepareTool, requireProgram } from './lib/toolbox.ts'

const PROJECT = join(import.meta.dirname, 'java')
const SOURCES = ['Cases.java', 'DataCases.java', 'Report.java'].map((name) => join(PROJECT, 'src/main/java', name))
const PACKAGES = 'default-jdk-headless maven'

let platform: Platform
before(async () => {
  platform = await startPlatform({ hasDemo: true, hasCrowd: true })
})
after(() => platform?.close())

/** Compiles the cases beside the client and what it depends on; answers the folder. */
async function buildJavaCases(): Promise<string> {
  const compiler = await requireProgram('javac', ['-version'], PACKAGES)
  await requireProgram('mvn', ['--version'], PACKAGES)
  return prepareTool({
    name: 'java',
    madeFrom: [join(PROJECT, 'pom.xml'), ...SOURCES],
    madeBy: compiler,
    install: async (folder) => {
      await copyFile(join(PROJECT, 'pom.xml'), join(folder, 'pom.xml'))
      await cp(join(PROJECT, 'src'), join(folder, 'src'), { recursive: true })
      const goals = ['compile', 'dependency:copy-dependencies']
      const settings = [`-DoutputDirectory=${folder}/library`]
      await install('mvn', ['--quiet', '--batch-mode', ...settings, ...goals], folder)
    },
  })
}

test('algorithmia-client 1.0.16 for Java', async (t) => {
  const folder = await buildJavaCases()
  const classPath = `${folder}/target/classes:${folder}/library/*`
  const args = ['-Dfile.encoding=UTF-8', '-cp', classPath, 'Cases']
  await runCases(t, { command: 'java', args, env: platform.environment })
})
