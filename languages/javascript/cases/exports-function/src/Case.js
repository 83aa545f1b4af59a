module.exports = (input, cb) => cb(null, input)
