'use strict'
// What V8 has compiled of an algorithm's packages when it was built (compile.js). It is read-only for workers, as the rest
// of the artifact is, and V8 takes of it what fits the source and itself; the rest is compiled as ever.

const { existsSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

/** Where it is in the algorithm's folder. */
const COMPILED = join('.algorist', 'compiled')

/** Has modules that are loaded from now on taken from there. */
function useCompiled(folder) {
  const path = join(folder, COMPILED)
  if (existsSync(path)) enableCompileCache(path)
}

module.exports = { COMPILED, useCompiled }
