exports.apply = (input, cb) => cb(null, input)
