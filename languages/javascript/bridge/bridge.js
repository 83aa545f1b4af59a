'use strict'
// Starts a JavaScript worker: frames on descriptor 3, the algorithm in the working directory (languages/PROTOCOL.md).
// With the argument `wait` it is started before there is an algorithm, and waits for its order (lib/wait.js).

const { createChannel } = require('./lib/channel.js')
const { captureOutput } = require('./lib/output.js')
const { loadAlgorithm } = require('./lib/load.js')
const { describe } = require('./lib/errors.js')
const { serve } = require('./lib/serve.js')

async function main() {
  const channel = createChannel(3)
  const output = captureOutput(channel)
  let apply
  try {
    apply = await loadAlgorithm(process.cwd(), process.env.ALGORIST_ALGORITHM)
  } catch (error) {
    channel.send('L', 'j', 0, describe(error, 'LoadingError'))
    process.exit(1)
  }
  channel.send('R', '0', 0, '')
  serve(channel, output, apply)
}

if (process.argv[2] === 'wait') require('./lib/wait.js').waitForOrder()
main()
