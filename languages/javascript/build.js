'use strict'
// Builds a JavaScript algorithm in the working directory: checks, then npm. What the platform itself brings (the
// `algorithmia` client in any version that ours stands in for) is not downloaded, so simple algorithms build offline.

const { spawnSync } = require('node:child_process')
const { existsSync, readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { COMPILED } = require('./bridge/lib/compiled.js')
const { keep, layerState, namesOnlyPackages, take } = require('./layers.js')
const { isProvided } = require('./provided.js')

/** A package may do anything when it is loaded; what takes longer is not compiled ahead. */
const COMPILE_TIMEOUT_MS = 30_000
/** What installing leaves in the working directory; the first is always there. */
const INSTALLED = ['node_modules', COMPILED, 'package-lock.json']
const NPM = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')

function main() {
  checkEntry()
  installDependencies()
  console.log('done')
}

function readJson(file) {
  if (!existsSync(file)) return undefined
  let value
  try {
    value = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    fail(`${file} is not valid JSON: ${error.message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${file} is not a JSON object`)
  return value
}

/** Says early what loading will say later; a missing file fails when the algorithm loads, not here. */
function checkEntry() {
  const name = readJson('algorithmia.conf')?.algoname
  const names = [typeof name === 'string' ? name : '', process.env.ALGORIST_ALGORITHM, 'Algorithm'].filter(Boolean)
  const files = [...new Set(names)].map((part) => `src/${part}.js`)
  const found = files.find((file) => existsSync(file))
  if (found) console.log(`algorithm: ${found}`)
  else console.log(`warning: expected the algorithm in ${files.join(' or ')}; it will not load`)
}

function installDependencies() {
  const manifest = readJson('package.json') ?? {}
  const dependencies = Object.entries(manifest.dependencies ?? {})
  const others = dependencies.filter(([name, range]) => !isProvided(name, range))
  if (others.length === 0) {
    for (const [name, range] of dependencies) console.log(`${name}@${range}: provided by the platform`)
    console.log('nothing to install')
    return
  }
  const state = namesOnlyPackages(manifest) ? layerState() : null
  if (state === 'kept') take(INSTALLED)
  else {
    npmInstall(others)
    compileAhead(others.map(([name]) => name))
    if (state === 'new') keep(INSTALLED)
  }
  tellVersions()
}

function npmInstall(others) {
  if (!existsSync(NPM)) fail('package.json needs npm, which the platform was not given')
  const how = hasCurrentLock() ? ['ci'] : ['install']
  const options = ['--omit=dev', '--no-audit', '--no-fund', '--no-progress', '--no-update-notifier']
  console.log(`npm ${how[0]}: ${others.map(([name, range]) => `${name}@${range}`).join(', ')}`)
  const npm = spawnSync(process.execPath, [NPM, ...how, ...options], { stdio: 'inherit', env: npmEnvironment() })
  if (npm.status !== 0) fail(`npm ${how[0]} ended with ${npm.signal ?? `code ${npm.status}`}`)
}

/** As `npm ls --all` does, for the record of the build: npm has written down what it installed. */
function tellVersions() {
  const { packages = {} } = readJson('node_modules/.package-lock.json') ?? {}
  const named = Object.entries(packages).map(
    ([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
  )
  console.log(`installed: ${[...new Set(named)].sort().join(' ') || 'nothing'}`)
}

/** Loads the packages once in a process of its own. Nothing depends on how that ends. */
function compileAhead(names) {
  const command = [join(__dirname, 'compile.js'), ...names]
  const { status } = spawnSync(process.execPath, command, { stdio: 'ignore', timeout: COMPILE_TIMEOUT_MS })
  console.log(
    status === 0 ? 'packages: compiled ahead' : 'packages: not compiled ahead, since loading them did not end well',
  )
}

/** Version 1 locks are read by `npm install` only. */
function hasCurrentLock() {
  const lock = readJson('package-lock.json') ?? readJson('npm-shrinkwrap.json')
  return Number(lock?.lockfileVersion) >= 2
}

// Install scripts call `node`: it has to be the one that will run the algorithm.
function npmEnvironment() {
  return {
    npm_config_cache: '/tmp/npm-cache',
    HOME: '/tmp',
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
  }
}

function fail(message) {
  console.error(`error: ${message}`)
  process.exit(1)
}

main()
