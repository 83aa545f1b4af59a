exports.apply = function apply(input, cb) {
  if (input === 'fine') return cb(null, input)
  throw new Error(input)
}
