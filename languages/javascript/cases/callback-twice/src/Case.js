exports.apply = (_input, cb) => {
  cb(null, 'first')
  cb(new Error('second'))
}
