'use strict'
// Our own stand-in for the package `algorithmia` 0.3, used when it is not among the algorithm's own node_modules:
// calling algorithms, files and directories. Without a key it acts as whoever called the running algorithm.

const { createAlgorithm } = require('./algorithm.js')
const { createDirectory, createFile } = require('./data.js')
const { createTransport } = require('./transport.js')

const DEFAULT_ADDRESS = 'https://api.algorithmia.com'

/** Client of the platform at `address`; what is not given comes from ALGORITHMIA_API_KEY and ALGORITHMIA_API. */
function client(key = process.env.ALGORITHMIA_API_KEY, address = process.env.ALGORITHMIA_API) {
  const apiAddress = address || DEFAULT_ADDRESS
  const apiKey = key ? `Simple ${key.replace(/^Simple /, '')}` : ''
  const send = createTransport({ address: apiAddress, authorization: apiKey })
  return {
    apiAddress,
    apiKey,
    /** An algorithm by `owner/name[/version]`, with or without `algo://`. */
    algo: (path) => createAlgorithm(send, path),
    /** A file by data URI or connector URI. */
    file: (path) => createFile(send, path),
    /** A directory by data URI or connector URI. */
    dir: (path) => createDirectory(send, path),
  }
}

let sharedClient
function shared() {
  sharedClient ??= client()
  return sharedClient
}

// Written one by one: that is the form in which `import { client } from 'algorithmia'` finds them.
module.exports = (key, address) => client(key, address)
module.exports.client = client
module.exports.algo = (path) => shared().algo(path)
module.exports.file = (path) => shared().file(path)
module.exports.dir = (path) => shared().dir(path)
