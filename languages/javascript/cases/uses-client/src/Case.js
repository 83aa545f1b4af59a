const { client } = require('algorithmia')

exports.apply = (_input, cb) => cb(null, client().algo('algo://util/Echo').algo_path)
