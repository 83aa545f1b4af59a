exports.apply = () => {
  throw Object.assign(new Error('no such thing'), { error_type: 'InputError' })
}
