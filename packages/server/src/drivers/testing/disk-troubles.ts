/**
 * A program that meets the troubles a disk can have, and prints what the driver says of them as JSON. Runs as root, in a
 * mount namespace, on a small disk of its own that it makes read-only in the end.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { DriverError } from '../driver.ts'
import { createFilesystemDriver } from '../filesystem.ts'

const nobodyUid = 65_534

const [folder = '', diskBytes = ''] = process.argv.slice(2)
const driver = await createFilesystemDriver({ folder })

async function* zeros(sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += 65_536) yield Buffer.alloc(Math.min(65_536, sizeBytes - sent))
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof DriverError ? `${error.problem}: ${error.message}` : `not mapped: ${error}`),
  )
}

async function textOf(path: string): Promise<string> {
  return (await buffer(await driver.read(path))).toString()
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

await driver.write('sub/file', text('old'))
const full = await problemOf(driver.write('sub/file', zeros(Number(diskBytes) + 1)))
const afterFull = { kept: await textOf('sub/file'), incoming: readdirSync(`${folder}/.incoming`) }
const freed = await problemOf(driver.write('sub/file', zeros(Number(diskBytes) / 4)))
await driver.write('sub/file', text('new'))

execFileSync('mount', ['-o', 'remount,ro', folder])
const readOnly = {
  write: await problemOf(driver.write('sub/file', text('newer'))),
  delete: await problemOf(driver.delete('sub/file')),
  createFolder: await problemOf(driver.createFolder('folder')),
  kept: await textOf('sub/file'),
}
execFileSync('mount', ['-o', 'remount,rw', folder])

process.seteuid?.(nobodyUid)
const otherUser = {
  write: await problemOf(driver.write('file', text('x'))),
  stat: await problemOf(driver.stat('file')),
}

process.stdout.write(JSON.stringify({ full, ...afterFull, freed, readOnly, otherUser }))
