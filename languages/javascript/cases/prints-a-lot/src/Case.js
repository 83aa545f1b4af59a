exports.apply = (input, cb) => {
  for (let line = 0; line < 5 * 1024; line += 1) console.log('x'.repeat(1023))
  cb(null, input)
}
