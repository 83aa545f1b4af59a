/** The Java client from Maven Central, unmodified: 1.0.16, the newest there. Its cases are in java/src. */
import { copyFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from './lib/cases.ts'
import { install, prepareTool, requireProgram } from './lib/toolbox.ts'

const PROJECT = join(import.meta.dirname, 'java')
const SOURCES = ['Cases.java', 'DataCases.java', 'Report.java'].map((name) => join(PROJECT, 'src/main/java', name))
const PACKAGES = 'default-jdk-headless maven'

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

export const JAVA_CLIENT: Client = {
  name: 'algorithmia-client 1.0.16 for Java',
  async prepare(environment) {
    const folder = await buildJavaCases()
    const classPath = `${folder}/target/classes:${folder}/library/*`
    return { command: 'java', args: ['-Dfile.encoding=UTF-8', '-cp', classPath, 'Cases'], env: environment }
  },
}
