/** The Rust client from the registry of Cargo, unmodified: 3.0.0-beta.3, the newest there. Its cases are in rust/src. */
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCases } from './lib/cases.ts'
import { type Platform, startPlatform } from './lib/platform.ts'
import { install, prepareTool, requireProgram } from './lib/toolbox.ts'

const PROJECT = join(import.meta.dirname, 'rust')
const FILES = ['Cargo.toml', 'Cargo.lock', 'src/main.rs', 'src/data_cases.rs', 'src/report.rs'].map((file) =>
  join(PROJECT, file),
)

let platform: Platform
before(async () => {
  platform = await startPlatform({ hasDemo: true, hasCrowd: true })
})
after(() => platform?.close())

/** Answers the compiled program. */
async function buildRustCases(): Promise<string> {
  const compiler = await requireProgram('cargo', ['--version'], 'cargo')
  const folder = await prepareTool({
    name: 'rust',
    madeFrom: FILES,
    madeBy: compiler,
    isIncremental: true,
    install: async (target) => {
      const options = ['--locked', '--quiet', '--manifest-path', join(PROJECT, 'Cargo.toml'), '--target-dir', target]
      await install('cargo', ['build', ...options], target)
    },
  })
  return join(folder, 'debug/algorist-client-cases')
}

test('algorithmia 3.0.0-beta.3 for Rust', async (t) => {
  await runCases(t, { command: await buildRustCases(), args: [], env: platform.environment })
})
