'use strict'
/** Ends the build: says on the last line of its log what was wrong and what was expected. */
function fail(message) {
  console.log(`error: ${message}`)
  process.exit(1)
}

module.exports = { fail }
