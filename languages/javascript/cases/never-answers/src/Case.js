exports.apply = (_input, _cb) => {}
