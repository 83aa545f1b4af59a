exports.apply = (_input, cb) => cb(null, 'record')
