let calls = 0

exports.apply = (_input, cb) => {
  calls += 1
  cb(null, calls)
}
