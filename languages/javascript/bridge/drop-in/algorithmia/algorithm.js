'use strict'
// Calling algorithms.

/** The algorithm at `path` (`owner/name[/version]`, perhaps with options as a query). */
function createAlgorithm(send, path) {
  const algorithmPath = `/algo/${path.replace(/^algo:\/\/|^\//, '')}`

  async function post(body, contentType) {
    const { status, body: reply } = await send({ method: 'POST', path: algorithmPath, body, contentType })
    return createResponse(status, reply)
  }

  return {
    algo_path: path,
    /** Calls with a string, a Buffer or anything JSON can carry; resolves for failed calls too (see `error`). */
    pipe(input) {
      if (typeof input === 'string') return post(input, 'text/plain')
      if (input instanceof Uint8Array) return post(input, 'application/octet-stream')
      return post(JSON.stringify(input) ?? 'null', 'application/json')
    },
    /** Calls with JSON text as it is. */
    pipeJson(input) {
      if (typeof input !== 'string') throw new TypeError(`Cannot convert ${typeof input} to string`)
      return post(input, 'application/json')
    },
  }
}

function createResponse(status, { result, error, metadata }) {
  return {
    status,
    result,
    error,
    metadata,
    /** The result, binary ones as a Buffer. Throws the error's message if the call failed. */
    get() {
      if (error) throw String(error.message) // a string, as code written for the package expects
      return metadata.content_type === 'binary' ? Buffer.from(result, 'base64') : result
    },
  }
}

module.exports = { createAlgorithm }
