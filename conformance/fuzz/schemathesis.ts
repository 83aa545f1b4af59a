/** Schemathesis: its installation into `.tools`, its settings, and one run of it with one key. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { install, prepareTool, requireProgram } from '../clients/lib/toolbox.ts'

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')
/** Beyond its time budget: starting, and what is under way when the budget is spent. */
const GRACE_MS = 120_000

/** Answers the folder for PYTHONPATH. */
export async function installSchemathesis(): Promise<string> {
  const madeBy = await requireProgram('python3', ['-m', 'pip', '--version'], 'python3 python3-pip')
  return prepareTool({
    name: 'schemathesis',
    madeFrom: [REQUIREMENTS],
    madeBy,
    install: async (folder) => {
      const how = ['--quiet', '--no-deps', '--root-user-action=ignore', '--target', folder]
      await install('python3', ['-m', 'pip', 'install', ...how, '--requirement', REQUIREMENTS], folder)
    },
  })
}

/** 501: not served here; 503 and 507: no place left. What builds or runs something may take longer than the rest. */
const SETTINGS = `
request-timeout = 10
warnings = false

[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "501", "503", "507"]

[[operations]]
include-path-regex = "/(compile|versions?)$|^/v1/(web/)?algo/|^/v1/algorithms/[^/]+$"
request-timeout = 120
`

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]

export interface FuzzRun {
  readonly library: string
  /** Where document.json and world.json are. */
  readonly folder: string
  readonly url: string
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly seconds: number
  readonly seed: number
}

export interface FuzzOutcome {
  readonly isGreen: boolean
  readonly output: string
}

export async function runSchemathesis(run: FuzzRun): Promise<FuzzOutcome> {
  const { library, folder, url, headers, seconds, seed } = run
  await writeFile(join(folder, 'schemathesis.toml'), SETTINGS)
  const caller = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
  const where = ['document.json', '--url', url, ...caller, '--exclude-operation-id', 'logOut']
  const what = ['--checks', CHECKS.join(','), '--continue-on-failure', '--max-time', String(seconds)]
  const made = [
    '--seed',
    String(seed),
    '--generation-database',
    'none',
    '--generation-with-security-parameters',
    'false',
  ]
  const how = [...made, '--no-color']
  const child = spawn('python3', [join(library, 'bin/schemathesis'), 'run', ...where, ...what, ...how], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'C.UTF-8',
      PYTHONPATH: `${library}:${import.meta.dirname}`,
      PYTHONDONTWRITEBYTECODE: '1',
      SCHEMATHESIS_HOOKS: 'hooks',
      FUZZ_WORLD: join(folder, 'world.json'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds * 1000 + GRACE_MS,
    killSignal: 'SIGKILL',
  })
  const parts: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part))
  const [code] = await once(child, 'close')
  return { isGreen: code === 0, output: Buffer.concat(parts).toString() }
}
