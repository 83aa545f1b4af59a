Promise.reject(new Error('nobody waits for this'))

exports.apply = (input, cb) => cb(null, input)
