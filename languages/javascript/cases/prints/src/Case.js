console.log('loading')

exports.apply = (input, cb) => {
  console.log('out', input)
  console.error('err', input)
  process.stdout.write('no line end')
  cb(null, input)
}
