'use strict'
// The life of a loaded worker: one call at a time, in order, until the runner closes the stream (runtime.md 3.9).

const { describe } = require('./errors.js')
const { decode, encode } = require('./values.js')

const exit = process.exit.bind(process)

/** Answers the calls that arrive on `channel`; ends the process with code 0 after the last one. */
function serve(channel, output, algorithm) {
  const waiting = []
  let running = false
  let ended = false

  function next() {
    if (running) return
    const received = waiting.shift()
    if (received !== undefined) start(received)
    else if (ended) process.exit(0)
  }

  function start({ kind, call, body }) {
    running = true
    channel.send('S', '0', call, '')
    output.call = call
    run(algorithm, kind, body, (type, answerKind, answer) => {
      channel.send(type, answerKind, call, answer)
      output.call = 0
      running = false
      if (waiting.length > 0 || ended) setImmediate(next)
    })
  }

  channel.onFrames({
    frame(type, kind, call, body) {
      if (type !== 'C') return
      waiting.push({ kind, call, body })
      next()
    },
    end() {
      ended = true
      next()
    },
  })
}

function run(algorithm, kind, body, answer) {
  const { succeed, fail } = settleOnce(answer)
  const callback = (error, result) => (error ? fail(error) : succeed(result))
  try {
    const returned = algorithm.run(decode(kind, body), callback)
    adopt(returned, algorithm.takesCallback(), { succeed, fail })
  } catch (error) {
    fail(error)
  }
}

/** What `apply` returned counts beside its callback; the first of both wins. */
function adopt(returned, takesCallback, { succeed, fail }) {
  if (typeof returned?.then === 'function') {
    returned.then(takesCallback ? undefined : succeed, fail)
  } else if (returned !== undefined && !takesCallback) {
    succeed(returned)
  }
}

function settleOnce(answer) {
  let settled = false
  const settle = (makeAnswer) => {
    if (settled) return
    settled = true
    try {
      answer(...makeAnswer())
    } catch {
      exit(1) // author code broke what the bridge works with: an exit is told to the caller, silence is not
    }
  }
  return {
    succeed: (result) => settle(() => valueOrError(result)),
    fail: (error) => settle(() => ['E', 'j', describe(error)]),
  }
}

function valueOrError(result) {
  try {
    return ['V', ...encode(result)]
  } catch (error) {
    return ['E', 'j', describe(error)]
  }
}

module.exports = { serve }
