'use strict'
// Files and directories of the data API and of connectors. Callbacks get `(reply, status)` unless said otherwise.

const { readFile } = require('node:fs/promises')
const { basename } = require('node:path')

/** The file at `path`, a data URI or connector URI. */
function createFile(send, path) {
  const place = createPlace(send, path)
  const put = (contentType) => (content, callback) =>
    place.request({ method: 'PUT', body: content, contentType }, callback)
  const read = (callback) => place.request({ method: 'GET' }, callback)

  return {
    ...place.members,
    isFile: true,
    put: put('application/octet-stream'),
    putString: put('text/plain'),
    putJson: put('application/json'),
    /** Content through `callback(error, content)`. */
    get: (callback) => read((reply, status) => (status === 200 ? callback(null, reply) : callback(reply.error, null))),
    getString: read,
    getJson: read,
    exists: (callback) => place.exists('HEAD', callback),
    delete: (callback) => place.request({ method: 'DELETE' }, callback),
  }
}

/** The directory at `path`, a data URI or connector URI. */
function createDirectory(send, path) {
  const place = createPlace(send, path)
  const child = (name) => `${place.members.data_path.replace(/\/$/, '')}/${name}`

  async function* items() {
    let marker
    do {
      const query = marker === undefined ? '' : `?marker=${encodeURIComponent(marker)}`
      const { status, body } = await place.send({ method: 'GET', query })
      if (status !== 200) throw body.error
      for (const { name } of body.folders ?? []) yield createDirectory(send, child(name))
      for (const { filename, ...facts } of body.files ?? [])
        yield Object.assign(createFile(send, child(filename)), facts)
      marker = body.marker
    } while (marker)
  }

  async function forEach(callback, wanted = () => true) {
    try {
      for await (const item of items()) if (wanted(item)) callback(null, item)
    } catch (error) {
      callback(error, undefined)
    }
  }

  return {
    ...place.members,
    isFile: false,
    create: (callback) => createIn(send, place.members.data_path, callback),
    file: (name) => createFile(send, child(name)),
    /** Uploads a local file under its own name. */
    async putFile(localPath, callback) {
      createFile(send, child(basename(localPath))).put(await readFile(localPath), callback)
    },
    /** Calls `callback(error, item)` for each; resolves after the last. */
    forEach: (callback) => forEach(callback),
    forEachFile: (callback) => forEach(callback, (item) => item.isFile),
    forEachDir: (callback) => forEach(callback, (item) => !item.isFile),
    /** `next(callback)` hands over one item after the other, then undefined. */
    iterator() {
      const source = items()
      return {
        next(callback) {
          source.next().then(
            ({ value }) => callback(null, value),
            (error) => callback(error, undefined),
          )
        },
      }
    },
    exists: (callback) => place.exists('GET', callback),
    delete: (force, callback) => place.request({ method: 'DELETE', query: force ? '?force=true' : '' }, callback),
  }
}

function createPlace(send, path) {
  const dataPath = path.replace(/^data:\/\//, '')
  const sendHere = ({ query = '', ...options }) => send({ path: requestPath(dataPath) + query, ...options })
  const request = (options, callback) => finish(sendHere(options), callback)
  return {
    send: sendHere,
    request,
    exists: (method, callback) =>
      request({ method }, (reply, status) => (status === 200 ? callback(true) : callback(false, status, reply))),
    members: {
      data_path: dataPath,
      basename: () => dataPath.slice(dataPath.lastIndexOf('/') + 1),
      parent: () => (dataPath.includes('/') ? createDirectory(send, parentPath(dataPath)) : null),
    },
  }
}

function createIn(send, dataPath, callback) {
  const body = JSON.stringify({ name: dataPath.slice(dataPath.lastIndexOf('/') + 1) })
  const path = requestPath(parentPath(dataPath))
  finish(send({ method: 'POST', path, body, contentType: 'application/json' }), callback)
}

function finish(sent, callback) {
  sent.then(({ status, body }) => callback?.(body, status))
}

function parentPath(dataPath) {
  return dataPath.slice(0, Math.max(0, dataPath.lastIndexOf('/')))
}

function requestPath(dataPath) {
  return `/data/${encodeURI(dataPath).replaceAll('?', '%3F').replaceAll('#', '%23')}`
}

module.exports = { createDirectory, createFile }
