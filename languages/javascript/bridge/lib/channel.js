'use strict'
// Frames on one stream socket (languages/PROTOCOL.md). Owns reading and writing of frames and nothing of their meaning.
//
// Writes are synchronous: what was sent is in the kernel even if author code calls process.exit() next, and output and
// answers keep their order. Reads are events, since author code needs the event loop.

const { writeSync } = require('node:fs')
const { Socket } = require('node:net')

const HEADER_BYTES = 10
const SCRATCH_BYTES = 65536
/** A UTF-16 unit takes at most three bytes in UTF-8. */
const MAX_SCRATCH_CHARS = Math.floor((SCRATCH_BYTES - HEADER_BYTES) / 3)
const FULL_SOCKET_PAUSE_MS = 0.2

/** Channel on the descriptor `fd`: `send(type, kind, call, body)` and `onFrames({ frame(type, kind, call, body), end() })`. */
function createChannel(fd) {
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)

  function send(type, kind, call, body) {
    if (typeof body === 'string' && body.length <= MAX_SCRATCH_CHARS) {
      const sizeBytes = scratch.write(body, HEADER_BYTES)
      writeHeader(scratch, sizeBytes, type, kind, call)
      writeAll(fd, scratch, HEADER_BYTES + sizeBytes)
      return
    }
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    writeHeader(scratch, bytes.length, type, kind, call)
    writeAll(fd, scratch, HEADER_BYTES)
    writeAll(fd, bytes, bytes.length)
  }

  function onFrames(receiver) {
    const reader = createReader(receiver.frame)
    const chunk = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
    const callback = (size) => {
      reader(chunk.subarray(0, size))
      return true
    }
    const socket = new Socket({ fd, allowHalfOpen: true, onread: { buffer: chunk, callback } })
    socket.on('end', receiver.end)
    socket.on('error', () => process.exit(0)) // the runner is gone: nobody is left to answer
    socket.resume()
  }

  return { send, onFrames }
}

function writeHeader(target, sizeBytes, type, kind, call) {
  target.writeUInt32BE(sizeBytes, 0)
  target[4] = type.charCodeAt(0)
  target[5] = kind.charCodeAt(0)
  target.writeUInt32BE(call, 6)
}

const pauseCell = new Int32Array(new SharedArrayBuffer(4))

function writeAll(fd, bytes, sizeBytes) {
  let written = 0
  while (written < sizeBytes) {
    try {
      written += writeSync(fd, bytes, written, sizeBytes - written)
    } catch (error) {
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') process.exit(0)
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(pauseCell, 0, 0, FULL_SOCKET_PAUSE_MS)
    }
  }
}

/** Function that takes chunks and calls `onFrame` for each whole frame; bodies are copies of their own. */
function createReader(onFrame) {
  let header = Buffer.alloc(0)
  let body = null
  let filled = 0

  function take(chunk) {
    let position = 0
    while (position < chunk.length) {
      position = body === null ? readHeader(chunk, position) : readBody(chunk, position)
    }
  }

  function readHeader(chunk, position) {
    const missing = HEADER_BYTES - header.length
    const part = chunk.subarray(position, position + missing)
    header = header.length === 0 && part.length === HEADER_BYTES ? Buffer.from(part) : Buffer.concat([header, part])
    if (header.length === HEADER_BYTES) {
      body = Buffer.allocUnsafeSlow(header.readUInt32BE(0))
      filled = 0
      if (body.length === 0) finish()
    }
    return position + part.length
  }

  function readBody(chunk, position) {
    const copied = chunk.copy(body, filled, position, position + body.length - filled)
    filled += copied
    if (filled === body.length) finish()
    return position + copied
  }

  function finish() {
    const [type, kind, call, whole] = [header[4], header[5], header.readUInt32BE(6), body]
    header = header.subarray(0, 0)
    body = null
    onFrame(String.fromCharCode(type), String.fromCharCode(kind), call, whole)
  }

  return take
}

module.exports = { createChannel }
