import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** Leaves a descriptor open with a high number, as shells and service managers do, and becomes the command. */
const LEAVE_OPEN = 'import os, sys; os.dup2(os.open("/etc/os-release", 0), 40); os.execv(sys.argv[1], sys.argv[1:])'

const LOOK = `
import { spawnSync } from 'node:child_process'
import { closeInheritedDescriptors } from ${JSON.stringify(join(import.meta.dirname, 'inherited.ts'))}
const look = () => spawnSync('/bin/sh', ['-c', 'test -e /proc/self/fd/40 && echo open || echo closed'], { encoding: 'utf8' }).stdout.trim()
const before = look()
closeInheritedDescriptors()
closeInheritedDescriptors()
console.log(before, look())`

test('a descriptor that was left open for the server is open in no child of it', () => {
  const node = [process.execPath, '--input-type=module-typescript', '--eval', LOOK]
  const printed = execFileSync('/usr/bin/python3', ['-I', '-S', '-c', LEAVE_OPEN, ...node], { encoding: 'utf8' })
  assert.equal(printed, 'open closed\n')
})
