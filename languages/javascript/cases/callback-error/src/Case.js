exports.apply = (input, cb) => {
  if (input === 'object') cb({ code: 7 })
  else cb(new Error('k'))
}
