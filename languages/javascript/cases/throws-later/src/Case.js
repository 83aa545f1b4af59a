exports.apply = (_input, _cb) => {
  setTimeout(() => {
    throw new Error('later')
  }, 1)
}
