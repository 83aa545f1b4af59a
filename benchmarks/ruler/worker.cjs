// Worker of the JavaScript ruler: echoes, with the frame code of our own bridge and nothing else of it. A value is made of
// the body and a body of the value, as for any function that is given values.
const { createChannel } = require('../../languages/javascript/bridge/lib/channel.js')

const VALUES = {
  t: (body) => body.toString('utf8'),
  j: (body) => JSON.stringify(JSON.parse(body.toString('utf8'))),
  b: (body) => body,
}

const channel = createChannel(3)
channel.onFrames({
  frame: (_type, kind, call, body) => channel.send('V', kind, call, VALUES[kind](body)),
  end: () => process.exit(0),
})
channel.send('R', '0', 0, '')
