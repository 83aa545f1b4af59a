/**
 * What a large file costs when nothing is done with it: PUT writes it to the disk and syncs it, GET reads it. Runs in a
 * process of its own; prints its address, and keeps its files in the folder that it is given.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const [, , folder = '.'] = process.argv
const file = join(folder, 'file')

const server = createServer(async (request, response) => {
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(`${file}.part`, { flush: true }))
    await rename(`${file}.part`, file)
    response.writeHead(200).end('{}')
    return
  }
  response.writeHead(200, { 'Content-Length': (await stat(file)).size })
  await pipeline(createReadStream(file), response)
})
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`http://127.0.0.1:${port}\n`)
})
