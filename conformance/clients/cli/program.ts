/**
 * `node program.ts FOLDER PORT RELEASE LIBRARY`: starts a server with TLS and lets a release of the `algo` program use
 * it. cli.test.ts runs it where `api.algorist.test` and `git.algorist.test` are this machine.
 */
import { join } from 'node:path'
import { startPlatform } from '../lib/platform.ts'
import { createAlgo } from './algo.ts'
import { checkAuth, checkRest, checkRun } from './cases.ts'
import { checkData } from './data-cases.ts'
import { createReport } from './report.ts'

const [folder = '', port = '', release = '', library = ''] = process.argv.slice(2)
const authority = join(folder, 'ca.pem')
const report = createReport()
const settings = {
  ALGORIST_PORT: port,
  ALGORIST_URL: `https://api.algorist.test:${port}`,
  ALGORIST_TLS_CERTIFICATE: join(folder, 'server.pem'),
  ALGORIST_TLS_KEY: join(folder, 'server.key'),
}
const platform = await startPlatform(settings)
try {
  const algo = await createAlgo(join(folder, release), library, authority)
  const setting = { report, algo, platform, authority }
  await checkAuth(setting)
  await checkRun(setting)
  await checkRest(setting)
  // The data commands are the same code in both, and each takes a start of Python.
  if (release === '2.0.5') await checkData(setting)
} finally {
  await platform.close()
}
process.exitCode = report.close()
