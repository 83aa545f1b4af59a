/**
 * The whole suite: every cell, as this user and, when that is root, as an ordinary user as well. Owns the processes that
 * carry the cells out, one for each user and kind of sandbox; cells.ts says what happens in one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isRoot } from '../test-fixtures/harness.ts'
import { asOrdinaryUser, ORDINARY_UID, whyNotAsOrdinaryUser } from '../test-fixtures/ordinary-user.ts'
import { type Finding, SANDBOXES } from './sandboxes.ts'

const CELLS = join(import.meta.dirname, 'cells.ts')

/** Who the server is. */
export type ServerUser = 'root' | 'user'

export interface UserFinding extends Finding {
  readonly user: ServerUser
}

/**
 * Carries out all attacks whose name contains `only`.
 * @throws Error with what a process of the suite printed when it could not do its work
 */
export async function runSuite(only = ''): Promise<UserFinding[]> {
  const users: readonly ServerUser[] = isRoot ? ['root', 'user'] : ['user']
  const cells = users.flatMap((user) => SANDBOXES.map(({ name }) => ({ user, name })))
  // Much of the suite waits for deadlines, so all fit beside each other.
  const found = await Promise.all(
    cells.map(async ({ user, name }) => {
      const findings = await findingsOf(user, [name, only])
      return findings.map((finding) => ({ user, ...finding }))
    }),
  )
  return found.flat()
}

/** Why there is no column of an ordinary user; null when there is one. */
export function whyNoUser(): string | null {
  return isRoot ? whyNotAsOrdinaryUser(CELLS) : null
}

async function findingsOf(user: ServerUser, which: readonly string[]): Promise<Finding[]> {
  if (user === 'user' && whyNoUser() !== null) return []
  const folder = mkdtempSync(join(tmpdir(), `attacks-${user}-`))
  chmodSync(folder, 0o755)
  const isOther = isRoot && user === 'user'
  if (isOther) chownSync(folder, ORDINARY_UID, ORDINARY_UID)
  const own = [process.execPath, CELLS, ...which]
  const command = isOther ? asOrdinaryUser(own) : own
  const env = {
    PATH: [dirname(process.execPath), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(':'),
    HOME: folder,
    TMPDIR: folder,
    ATTACK_SECRET: `SERVER-${randomUUID()}`,
  }
  try {
    const [program = '', ...args] = command
    const text = await outputOf(spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }))
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${CELLS} ended with ${code}`))))
  })
}
