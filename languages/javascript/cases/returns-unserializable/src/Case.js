exports.apply = (input, cb) => {
  const circular = {}
  circular.self = circular
  cb(null, input === 'fine' ? input : circular)
}
