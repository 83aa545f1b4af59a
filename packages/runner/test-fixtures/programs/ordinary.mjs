// What Node programs ordinarily do to their system; prints "ok" when all of it works.
import assert from 'node:assert/strict'
import { execFile, fork, spawnSync } from 'node:child_process'
import { randomBytes, scryptSync } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { watch, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { cpus, networkInterfaces, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'

if (process.send !== undefined) {
  process.once('message', (text) => process.send(text, () => process.disconnect()))
} else {
  const shared = new Int32Array(new SharedArrayBuffer(1 << 20))
  const source = 'const { workerData } = require("node:worker_threads"); Atomics.store(workerData, 0, 7)'
  const worker = new Worker(source, { eval: true, workerData: shared })
  await new Promise((resolve) => worker.once('exit', resolve))
  assert.equal(shared[0], 7)

  assert.equal((await promisify(execFile)('/bin/echo', ['hi'])).stdout, 'hi\n')
  assert.equal(spawnSync('/bin/sh', ['-c', 'exit 3']).status, 3)
  const child = fork(import.meta.filename)
  child.send('across')
  assert.equal(await new Promise((resolve) => child.once('message', resolve)), 'across')

  const server = createServer((_request, response) => response.end('served'))
  await new Promise((resolve) => server.listen(0, resolve))
  assert.equal(await (await fetch(`http://127.0.0.1:${server.address().port}`)).text(), 'served')
  server.close()
  server.closeAllConnections()
  assert.ok('lo' in networkInterfaces())
  assert.ok((await lookup('localhost')).address)

  const folder = await mkdtemp('/tmp/node-')
  const watcher = watch(folder)
  const noticed = new Promise((resolve) => watcher.once('change', resolve))
  writeFileSync(join(folder, 'file'), randomBytes(100))
  await noticed
  watcher.close()
  assert.equal((await readFile(join(folder, 'file'))).length, 100)
  await rm(folder, { recursive: true })
  assert.ok(gzipSync('x').length > 0 && scryptSync('a', 'b', 16).length === 16)
  assert.ok(cpus().length > 0 && userInfo().username === 'algo')
  console.log('ok')
}
