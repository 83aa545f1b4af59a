/**
 * Takes out of a lock file the optional dependencies that it names and does not hold: builds of tools for other systems
 * than Linux. `npm ci` refuses a lock file with such gaps, and asks for packages that a mirror need not have. Run it
 * after every `npm install` (docs/decisions/0002-lock-files-without-addresses.md); another lock file than the workspace's
 * is its argument.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

interface LockEntry {
  optionalDependencies?: Record<string, string>
}

interface LockFile {
  readonly packages: Record<string, LockEntry>
}

const LOCK_FILE = process.argv[2] ?? resolve(import.meta.dirname, '../../package-lock.json')

/** Where Node would find `name` from a package: its own node_modules, then those of each folder above. */
function isHeld(lock: LockFile, path: string, name: string): boolean {
  const parents = path
    .split('/node_modules/')
    .map((_, depth, all) => all.slice(0, all.length - depth).join('/node_modules/'))
  return [...parents, ''].some((parent) => `${parent}/node_modules/${name}`.replace(/^\//, '') in lock.packages)
}

function prune(lock: LockFile): void {
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!entry.optionalDependencies) continue
    const held = Object.entries(entry.optionalDependencies).filter(([name]) => isHeld(lock, path, name))
    if (held.length > 0) entry.optionalDependencies = Object.fromEntries(held)
    else delete entry.optionalDependencies
  }
}

const lock: LockFile = JSON.parse(readFileSync(LOCK_FILE, 'utf8'))
prune(lock)
writeFileSync(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`)
