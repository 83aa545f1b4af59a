'use strict'
// Finds what the bridge will load (runtime.md 3.6), among the classes that were compiled.

const { existsSync, readFileSync, readdirSync } = require('node:fs')
const { join } = require('node:path')
const { fail } = require('./fail.js')

const MAIN_OF_TEMPLATE = 'com.algorithmia.Algorithm'

/**
 * The class whose `main` serves a handler, or null for an algorithm that is found by its name. Ends the build when there is
 * neither.
 */
function checkEntry({ classes, names, usesHandler, mainClass }) {
  const compiled = readdirSync(classes, { recursive: true })
    .filter((name) => name.endsWith('.class') && !name.includes('$'))
    .map((name) => name.slice(0, -'.class'.length).replaceAll('/', '.'))
  const main = usesHandler ? findMain(compiled, mainClass, classes) : undefined
  if (main !== undefined) return say(main)
  const wanted = names.map((name) => `algorithmia.${name}.${name}`)
  const found =
    wanted.find((name) => compiled.includes(name)) ?? compiled.find((name) => names.includes(name.split('.').at(-1)))
  if (found !== undefined) return say(found) && null
  fail(
    `there is no algorithm: expected the class ${wanted[0]} in src/main/scala/algorithmia/${names[0]}/${names[0]}.scala, ` +
      `or an object or class ${names.join(' or ')} of your own; the sources have ${compiled.slice(0, 10).join(', ') || 'no classes'}`,
  )
}

function say(name) {
  console.log(`algorithm: ${name}`)
  return name
}

/** The class that the definition names, the template's, or the only one that has a `main` of its own. */
function findMain(compiled, mainClass, classes) {
  const known = [mainClass, MAIN_OF_TEMPLATE].find((name) => name !== null && compiled.includes(name))
  if (known !== undefined) return known
  const hasMain = (name) => {
    const bytes = readFileSync(join(classes, `${name.replaceAll('.', '/')}.class`), 'latin1')
    return bytes.includes('main') && bytes.includes('([Ljava/lang/String;)V')
  }
  const mains = compiled.filter((name) => !name.startsWith('com.algorithmia.') && hasMain(name))
  if (mains.length > 1) fail(`several objects have a main: ${mains.join(', ')}; name one with mainClass in build.sbt`)
  return mains[0]
}

/** What the algorithm may be called, the likeliest first. Ends the build when algorithmia.conf is not JSON. */
function algorithmNames() {
  const name = readConf()?.algoname
  const names = [typeof name === 'string' ? name : '', process.env.ALGORIST_ALGORITHM, 'Algorithm']
  return [...new Set(names.filter(Boolean))]
}

function readConf() {
  if (!existsSync('algorithmia.conf')) return undefined
  try {
    return JSON.parse(readFileSync('algorithmia.conf', 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    fail(`algorithmia.conf is not valid JSON: ${error.message}`)
  }
}

module.exports = { algorithmNames, checkEntry }
