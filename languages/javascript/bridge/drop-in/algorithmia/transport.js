'use strict'
// HTTP for the client. Owns connections and the reading of replies; paths and meaning belong to its callers.

/**
 * Function `send({ method, path, body, contentType })` below `/v1`, which answers `{ status, body }`: JSON replies are
 * parsed, text is a string, anything else a Buffer. A reply other than 2xx always has `body.error.message`. It never
 * rejects: a broken connection is answered as status 500.
 */
function createTransport({ address, authorization }) {
  let agent

  return function send({ method, path, body, contentType }) {
    const url = new URL(`${address.replace(/\/$/, '')}/v1${path}`)
    const http = require(url.protocol === 'https:' ? 'node:https' : 'node:http')
    agent ??= new http.Agent({ keepAlive: true })
    const bytes = body === undefined ? undefined : Buffer.from(body)
    const headers = {
      ...(authorization && { Authorization: authorization }),
      ...(contentType && { 'Content-Type': contentType }),
      ...(bytes && { 'Content-Length': bytes.length }),
    }
    return new Promise((resolve) => {
      const fail = (error) => resolve({ status: 500, body: { error: { message: error.message } } })
      const request = http.request(url, { method, headers, agent }, (reply) => {
        const chunks = []
        reply.on('data', (chunk) => chunks.push(chunk))
        reply.on('end', () => resolve(readReply(reply, Buffer.concat(chunks))))
        reply.on('error', fail)
      })
      request.on('error', fail)
      request.end(bytes)
    })
  }
}

function readReply(reply, content) {
  const body = readBody(reply.headers['content-type'] ?? '', content)
  const status = reply.statusCode
  if (status >= 200 && status < 300) return { status, body }
  if (body?.error) return { status, body }
  const message = reply.headers['x-error-message'] ?? `HTTP Response: ${status}`
  return { status, body: { error: { message } } }
}

function readBody(type, content) {
  if (type.startsWith('text/plain')) return content.toString('utf8')
  if (!type.startsWith('application/json')) return content
  if (content.length === 0) return {}
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    return content.toString('utf8')
  }
}

module.exports = { createTransport }
