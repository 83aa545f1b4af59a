/** A program to be killed: writes new files and replaces others until then, and prints the path of each that is acknowledged. */
import { createFilesystemDriver } from '../filesystem.ts'
import { selfDescribing } from './self-describing.ts'

const writers = 6
const maxBytes = 600_000

const [folder = ''] = process.argv.slice(2)
const driver = await createFilesystemDriver({ folder })

async function* slowly(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += 65_536) {
    yield content.subarray(start, start + 65_536)
    await new Promise(setImmediate)
  }
}

async function writeForever(writer: number): Promise<never> {
  for (let number = 0; ; number++) {
    const isReplacement = number % 3 === 0
    const path = isReplacement ? `replaced/${writer}` : `${(number % 16).toString(16)}/${writer}-${number}`
    await driver.write(path, slowly(selfDescribing(number, Math.floor(Math.random() * maxBytes))))
    process.stdout.write(`${path} ${number}\n`)
  }
}

await Promise.all(Array.from({ length: writers }, (_, writer) => writeForever(writer)))
