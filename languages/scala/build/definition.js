'use strict'
// Reads build definitions of sbt without sbt, as far as they are the plain lists of settings that templates and most
// algorithms have. Whatever else there is in one makes it a definition for sbt itself (`reason` says what).

const { existsSync, readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { fail } = require('./fail.js')

const TEXT = '"([^"]*)"'
const MODULE = new RegExp(`^${TEXT}\\s*(%%?)\\s*${TEXT}\\s*%\\s*${TEXT}(?:\\s*%\\s*(.+))?$`, 's')
/** Settings of the root project in both ways of writing them: `key in Compile` and `Compile / key`. */
const SETTING = /^(?:(\w+)\s*\/\s*)?(\w+)(?:\s+in\s+\(?(\w+)\)?)?\s*(:=|\+=|\+\+=)\s*(.+)$/s
/** They say nothing that a build here would use. */
const IGNORED = new Set([
  ...['name', 'normalizedName', 'organization', 'organizationName', 'version', 'description', 'homepage', 'licenses'],
  ...['startYear', 'developers', 'scmInfo', 'retrieveManaged', 'fork', 'parallelExecution', 'logLevel', 'javacOptions'],
  ...['resolvers', 'crossScalaVersions', 'testOptions', 'javaOptions', 'autoScalaLibrary', 'publishArtifact'],
])

/**
 * The definition in the working directory: `scalaVersion` (null for none), `modules` that are neither for tests nor
 * provided (`{ organization, name, isCross, version }`), `scalacOptions`, `mainClass`, and `reason` why sbt has to read it.
 */
function readDefinition(isProvided) {
  const found = {
    files: definitionFiles(),
    scalaVersion: null,
    modules: [],
    scalacOptions: [],
    mainClass: null,
    reason: null,
  }
  for (const file of readdirSafe('project')) {
    if (/\.scala$/.test(file)) found.reason ??= `project/${file} is code`
  }
  for (const file of found.files) {
    for (const statement of statementsOf(readFileSync(file, 'utf8'))) {
      if (!readStatement(statement, found)) found.reason ??= `${file} has: ${statement.split('\n')[0].slice(0, 100)}`
    }
  }
  found.usesHandler = found.modules.some(({ name }) => name.startsWith('algorithmia-scala'))
  const others = found.modules.filter((module) => !isProvided(module))
  if (others.length > 0)
    found.reason ??= `it needs ${others.map(({ name, version }) => `${name} ${version}`).join(', ')}`
  return found
}

/** `build.sbt` and others beside it, in the order in which sbt reads them. */
function definitionFiles() {
  return readdirSafe('.')
    .filter((file) => file.endsWith('.sbt'))
    .sort()
}

function readdirSafe(folder) {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** False when the statement is not one that is known. */
function readStatement(statement, found) {
  if (/^(lazy\s+)?val\s+\w+(\s*:\s*\w+)?\s*=\s*("[^"]*"|System\.getProperty\([^()]*\))$/.test(statement)) return true
  if (/^(import\s+[\w.{}, ]+|enablePlugins\s*\(\s*JavaAppPackaging\s*\))$/.test(statement)) return true
  if (/^(configs\s*\(\s*IntegrationTest\s*\)|Defaults\.itSettings)$/.test(statement)) return true
  const [, before, key, within, operator, value] = SETTING.exec(statement) ?? []
  if (key === undefined) return false
  const scope = before ?? within ?? ''
  if (['Test', 'IntegrationTest'].includes(scope) || IGNORED.has(key)) return true
  if (!['', 'ThisBuild', 'Compile', 'Global'].includes(scope)) return false
  if (key === 'scalaVersion') return set(found, 'scalaVersion', new RegExp(`^${TEXT}$`).exec(value)?.[1])
  if (key === 'mainClass') return set(found, 'mainClass', new RegExp(`^Some\\(${TEXT}\\)$`).exec(value)?.[1])
  if (key === 'scalacOptions') return readOptions(value, found)
  return key === 'libraryDependencies' && operator !== ':=' && readModules(value, found)
}

function set(found, member, value) {
  if (value === undefined) return false
  found[member] = value
  return true
}

function readOptions(value, found) {
  const parts = listOf(value)
  if (!parts.every((part) => new RegExp(`^${TEXT}$`).test(part))) return false
  found.scalacOptions.push(...parts.map((part) => part.slice(1, -1)))
  return true
}

function readModules(value, found) {
  for (const part of listOf(value)) {
    const [, organization, operator, name, version, configuration] = MODULE.exec(part) ?? []
    if (organization === undefined) return false
    if (isForTests(configuration)) continue
    if (configuration !== undefined) return false
    found.modules.push({ organization, name, isCross: operator === '%%', version })
  }
  return true
}

/** `Test`, `"test->compile"`, `"it,test"`, `s"$Test, $IntegrationTest"`: nothing that a build here would use. */
function isForTests(configuration = '') {
  const names = configuration.replace(/^s?"|"$/g, '').split(/[,;]/)
  return names.every((name) => /^\s*\$?(Test|IntegrationTest|test|it)\s*(->.*)?$/.test(name))
}

/** The items of `Seq(…)`, `List(…)`, or the one that stands alone. */
function listOf(value) {
  const inner = /^(?:Seq|List)\s*\((.*)\)$/s.exec(value.trim())
  if (!inner) return [value.trim()]
  return split(inner[1], (character) => character === ',')
}

/** The statements of a definition, without comments: they end with a line, outside of all brackets. */
function statementsOf(text) {
  return split(withoutComments(text), (character) => character === '\n')
}

function withoutComments(text) {
  return text.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (part) =>
    part.startsWith('/') ? '' : part,
  )
}

/** Parts of a text between separators that are in no bracket and in no string. */
function split(text, isSeparator) {
  const parts = []
  let depth = 0
  let part = ''
  for (const [piece] of text.matchAll(/"(?:\\.|[^"\\\n])*"|[^"]|"/g)) {
    if ('([{'.includes(piece)) depth++
    if (')]}'.includes(piece)) depth--
    if (depth === 0 && isSeparator(piece) && !/(:=|\+=|%|\()\s*$/.test(part)) {
      parts.push(part)
      part = ''
    } else part += piece
  }
  return [...parts, part].map((each) => each.trim()).filter((each) => each !== '')
}

/** The version of sbt that the project asks for, or undefined. */
function askedSbtVersion() {
  const file = join('project', 'build.properties')
  return existsSync(file) ? /^\s*sbt\.version\s*=\s*(\S+)/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined
}

/** `2.12` of `2.12.20`, for versions that can be compiled here: older ones as 2.11. Ends the build for Scala 3. */
function binaryVersion(version) {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? fail(`scalaVersion "${version}" is no version of Scala`)
  if (major !== '2') fail(`scalaVersion "${version}": expected a version of Scala 2, such as 2.13`)
  if (Number(minor) > 13) fail(`scalaVersion "${version}": expected 2.13 or less`)
  return Number(minor) < 11 ? '2.11' : `2.${minor}`
}

module.exports = { askedSbtVersion, binaryVersion, readDefinition }
