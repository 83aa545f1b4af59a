'use strict'
// Packages that are kept between builds (PROTOCOL.md, "Dependencies of a build").

const { spawnSync } = require('node:child_process')
const { existsSync, mkdirSync } = require('node:fs')
const { dirname, join } = require('node:path')

const FOLDER = '/opt/dependencies'
const WANTS_NEW = 75
/** Scripts of the repository's own that npm runs when it installs packages. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'prepublish']
/** What a range may begin with that leads to files of the repository. */
const LOCAL = /^(file:|link:|workspace:|[./]|~\/)|^[^:]*\.(tgz|tar\.gz|tar)$/i

/** `new`, `kept`, or null where nothing is kept. */
function layerState() {
  return process.env.ALGORIST_DEPENDENCIES ?? null
}

/** Whether package.json and its lock alone say what is installed: other files of the repository may change without them. */
function namesOnlyPackages(manifest) {
  if (manifest.workspaces !== undefined || existsSync('binding.gyp')) return false
  if (INSTALL_SCRIPTS.some((name) => manifest.scripts?.[name] !== undefined)) return false
  const ranges = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((name) =>
    Object.values(manifest[name] ?? {}),
  )
  return !ranges.some((range) => LOCAL.test(String(range)))
}

/** Copies kept paths to the working directory. Ends the build so that it starts anew when the first is not there. */
function take(paths) {
  if (!existsSync(join(FOLDER, paths[0]))) process.exit(WANTS_NEW)
  for (const path of paths) if (existsSync(join(FOLDER, path))) copy(join(FOLDER, path), path)
}

/** Copies paths of the working directory to what is kept. */
function keep(paths) {
  for (const path of paths) if (existsSync(path)) copy(path, join(FOLDER, path))
}

/** Files of their own, which the build may change, with the times of the original. */
function copy(source, target) {
  mkdirSync(dirname(target) || '.', { recursive: true })
  run('/bin/cp', ['-R', '-P', '--preserve=timestamps', '--reflink=auto', '-T', source, target])
  run('/bin/chmod', ['-R', 'u+w', target])
}

function run(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`)
}

module.exports = { keep, layerState, namesOnlyPackages, take }
