exports.apply = () => {
  throw Object.assign(new Error('no'), { stacktrace: 'only this' })
}
