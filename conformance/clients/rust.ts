/** The Rust client from the registry of Cargo, unmodified: 3.0.0-beta.3, the newest there. Its cases are in rust/src. */
import { join } from 'node:path'
import type { Client } from './lib/cases.ts'
import { install, prepareTool, requireProgram } from './lib/toolbox.ts'

const PROJECT = join(import.meta.dirname, 'rust')
const FILES = ['Cargo.toml', 'Cargo.lock', 'src/main.rs', 'src/data_cases.rs', 'src/report.rs'].map((file) =>
  join(PROJECT, file),
)

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

export const RUST_CLIENT: Client = {
  name: 'algorithmia 3.0.0-beta.3 for Rust',
  prepare: async (environment) => ({ command: await buildRustCases(), args: [], env: environment }),
}
