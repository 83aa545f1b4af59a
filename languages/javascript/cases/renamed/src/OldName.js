exports.apply = (_input, cb) => cb(null, 'old name')
