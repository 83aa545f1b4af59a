// Prints where builds fetch jars from when nothing else is said.
const { repositoryUrl } = require('./build/registry.js')

const url = repositoryUrl({})
if (url) console.log(url)
