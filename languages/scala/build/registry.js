'use strict'
// Where jars come from: the address that this machine's Maven was built with, unless MAVEN_MIRROR names another. Files that
// are fetched by name are checked by their digests.

const { createHash } = require('node:crypto')
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { inflateRawSync } = require('node:zlib')
const { fail } = require('./fail.js')

const MODEL_BUILDER = '/usr/share/java/maven-model-builder-3.x.jar'
const SUPER_POM = 'org/apache/maven/model/pom-4.0.0.xml'
const TIMEOUT_MS = 120_000

/** Address of the repository, without a slash at its end; undefined when the machine knows none. */
function repositoryUrl(environment = process.env) {
  const url = environment.MAVEN_MIRROR || environment.maven_mirror || /<url>([^<]+)<\/url>/.exec(readSuperPom())?.[1]
  return url?.replace(/\/+$/, '')
}

function readSuperPom() {
  return existsSync(MODEL_BUILDER) ? readEntry(readFileSync(MODEL_BUILDER), SUPER_POM) : ''
}

/** The text of one file in a zip archive; empty when there is none of that name. */
function readEntry(zip, wanted) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    if (zip.toString('utf8', at + 46, at + 46 + name) === wanted) {
      const start = zip.readUInt32LE(at + 42)
      const data = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28)
      const bytes = zip.subarray(data, data + zip.readUInt32LE(at + 20))
      return (zip.readUInt16LE(at + 10) === 0 ? bytes : inflateRawSync(bytes)).toString('utf8')
    }
    at += 46 + name + extra + comment
  }
  return ''
}

/** Paths of the files in `folder`, fetched where they are not there yet. Ends the build when one cannot be had. */
async function fetchAll(files, folder) {
  return Promise.all(Object.entries(files).map(([path, sha256]) => fetchFile(path, sha256, join(folder, path))))
}

async function fetchFile(path, sha256, target) {
  if (existsSync(target)) return target
  const url = `${repositoryUrl() ?? fail('no repository of jars is known: install maven, or set MAVEN_MIRROR')}/${path}`
  const bytes = await download(url).catch((error) =>
    fail(`could not fetch ${url}: ${error.cause?.message ?? error.message}`),
  )
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== sha256) fail(`${url} is not the file that was expected: its SHA-256 is ${digest}, not ${sha256}`)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(`${target}.part`, bytes)
  renameSync(`${target}.part`, target)
  return target
}

async function download(url) {
  const reply = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!reply.ok) throw new Error(`the answer was ${reply.status}`)
  return Buffer.from(await reply.arrayBuffer())
}

module.exports = { fetchAll, repositoryUrl }
