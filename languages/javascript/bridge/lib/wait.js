'use strict'
// The wait of a worker that was started ahead (decision 0072): until its order comes it has seen nobody's code, secret or
// name. Reads block: nothing in the process is to happen meanwhile, and what is read belongs to this worker alone.

const { closeSync, readSync } = require('node:fs')

const FRAMES = 3
const ORDERS = 4
const FOLDER = '/opt/algorithm'
/** What most algorithms load sooner or later, and what takes long. */
const LOADED_AHEAD = ['node:crypto', 'node:http', 'node:https', 'node:url', 'node:util', 'node:zlib']

/** Returns once the process has the variables and the folder of an algorithm; ends the process when there will be none. */
function waitForOrder() {
  for (const name of LOADED_AHEAD) require(name)
  const variables = JSON.parse(readOrder())
  replaceVariables({ ...readSecrets(), ...variables, PWD: FOLDER })
  process.chdir(FOLDER)
  process.argv.length = 2
}

/** All of what arrives on the descriptor for orders. */
function readOrder() {
  const parts = []
  for (;;) {
    const part = Buffer.allocUnsafe(65536)
    const sizeBytes = readSync(ORDERS, part)
    if (sizeBytes === 0) break
    parts.push(part.subarray(0, sizeBytes))
  }
  closeSync(ORDERS)
  if (parts.length === 0) process.exit(0)
  return Buffer.concat(parts).toString('utf8')
}

/** They are the first that the runner sends: a length in four bytes, and JSON. */
function readSecrets() {
  return JSON.parse(readExactly(readExactly(4).readUInt32BE(0)).toString('utf8'))
}

function readExactly(sizeBytes) {
  const bytes = Buffer.alloc(sizeBytes)
  for (let filled = 0; filled < sizeBytes; ) {
    const count = readSync(FRAMES, bytes, filled, sizeBytes - filled)
    if (count === 0) process.exit(0)
    filled += count
  }
  return bytes
}

function replaceVariables(variables) {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, variables)
}

module.exports = { waitForOrder }
