'use strict'
// What author code prints, as output frames in the order it was printed. `process.stdout` and `process.stderr` become
// streams over the channel; descriptors 1 and 2 stay as they are, for child processes and for Node's own last words.

const { Writable } = require('node:stream')

const MAX_FRAME_BYTES = 65536

/** Replaces both streams. The answer's `call` is the number that output belongs to, 0 while none runs. */
function captureOutput(channel) {
  const output = { call: 0 }
  replace('stdout', 1, (bytes) => sendOutput(channel, '1', output.call, bytes))
  replace('stderr', 2, (bytes) => sendOutput(channel, '2', output.call, bytes))
  return output
}

function replace(name, fd, send) {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      send(chunk)
      done()
    },
  })
  stream.fd = fd
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream })
}

function sendOutput(channel, kind, call, bytes) {
  for (let start = 0; start < bytes.length; start += MAX_FRAME_BYTES) {
    channel.send('O', kind, call, bytes.subarray(start, start + MAX_FRAME_BYTES))
  }
}

module.exports = { captureOutput }
