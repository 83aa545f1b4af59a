'use strict'
// Finds and loads an algorithm's module and turns it into one function `apply(value, callback)` (runtime.md 1.10, 3.9).

const { existsSync, readFileSync } = require('node:fs')
const { registerHooks } = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { useCompiled } = require('./compiled.js')

const DROP_IN = join(__dirname, '..', 'drop-in', 'algorithmia', 'index.js')

/** Loads the algorithm in `folder`; the answer looks `exports.apply` up at each call. Throws what its code throws. */
async function loadAlgorithm(folder, recordName) {
  provideDropIn()
  const file = findEntry(folder, recordName)
  useCompiled(folder)
  const Algorithm = await loadModule(folder, file)
  return {
    run: (value, callback) => Algorithm.apply(value, callback),
    takesCallback: () => Algorithm.apply?.length >= 2,
  }
}

// The algorithm's own node_modules comes first; our client stands in where nothing is installed.
function provideDropIn() {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier !== 'algorithmia') return nextResolve(specifier, context)
      try {
        return nextResolve(specifier, context)
      } catch {
        return { url: pathToFileURL(DROP_IN).href, format: 'commonjs', shortCircuit: true }
      }
    },
  })
}

function findEntry(folder, recordName) {
  const names = [...new Set([configuredName(folder), recordName, 'Algorithm'].filter(Boolean))]
  const files = names.map((name) => join('src', `${name}.js`))
  const found = files.find((file) => existsSync(join(folder, file)))
  if (found !== undefined) return join(folder, found)
  throw new Error(
    `expected the algorithm in ${files.join(' or ')} (named by algoname in algorithmia.conf), which does not exist`,
  )
}

function configuredName(folder) {
  const conf = readJson(join(folder, 'algorithmia.conf'))
  return typeof conf?.algoname === 'string' ? conf.algoname : undefined
}

async function loadModule(folder, file) {
  if (readJson(join(folder, 'package.json'))?.type !== 'module') return asModule(require(file))
  const namespace = await import(pathToFileURL(file).href)
  return namespace.apply === undefined ? asModule(namespace.default ?? namespace) : namespace
}

/** A module that is a function is its own `apply`, not Function.prototype.apply. */
function asModule(exported) {
  return typeof exported === 'function' && !Object.hasOwn(exported, 'apply') ? { apply: exported } : exported
}

function readJson(file) {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new Error(`${file} is not valid JSON: ${cause.message}`)
  }
}

module.exports = { loadAlgorithm }
