'use strict'
// Loads the packages that are named, so that Node keeps what it has compiled of them in the artifact, for workers to read
// (decision 0072). Started by build.js. Only packages: the algorithm itself is run by calls alone.

const { rmSync } = require('node:fs')
const { createRequire, enableCompileCache } = require('node:module')
const { join } = require('node:path')
const { COMPILED } = require('./bridge/lib/compiled.js')

const [, , ...names] = process.argv
const folder = process.cwd()

rmSync(join(folder, COMPILED), { recursive: true, force: true })
enableCompileCache(join(folder, COMPILED))
const load = createRequire(join(folder, 'package.json'))
for (const name of names) {
  try {
    load(name)
  } catch {
    // It may be of no use without what workers have; what it has loaded until then is compiled.
  }
}
process.exit(0)
