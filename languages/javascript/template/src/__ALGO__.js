// __USER__/__ALGO__: greets whoever is named in the input.

// Called once for every request. `input` is a string for text, a Buffer for binary data, and otherwise what the JSON
// holds. Answer through the callback, cb(error, result); or leave the second parameter out and return a promise.
// To call other algorithms or use hosted data: const client = require('algorithmia').client()
exports.apply = (input, cb) => {
  cb(null, `Hello ${input}`)
}
