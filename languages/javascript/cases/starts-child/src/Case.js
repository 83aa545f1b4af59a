const { execFileSync } = require('node:child_process')

exports.apply = (input, cb) => {
  execFileSync('echo', ['from a child'], { stdio: ['ignore', 1, 2] })
  cb(null, input)
}
