'use strict'
// The Scala compilers: 2.11 of the machine itself, others fetched from the repository of jars. Compiles all sources of an
// algorithm in one run, and Java's beside them.

const { spawnSync } = require('node:child_process')
const { existsSync, mkdirSync, readdirSync, renameSync, rmSync } = require('node:fs')
const { delimiter, dirname, join } = require('node:path')
const { fail } = require('./fail.js')
const { fetchAll } = require('./registry.js')
const pinned = require('./pinned.json')

const JARS = '/usr/share/java'
/** Compiling ahead costs more than it gives in runs that are as short as those here. */
const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xss8m', '-Xshare:auto']

/** A compiler: its version, the jars that it is made of, and the library that programs need. */
async function findCompiler(binary, folder) {
  const { version, library, compiler } = pinned[binary]
  if (library === undefined) return ownCompiler(version)
  const [libraryJars, compilerJars] = [await fetchAll(library, folder), await fetchAll(compiler, folder)]
  return { version, library: libraryJars, jars: [...compilerJars, ...libraryJars] }
}

function ownCompiler(version) {
  const named = (part) => join(JARS, `scala-${part}-${version}.jar`)
  const extra = ['scala-xml_2.11.jar', 'scala-parser-combinators_2.11.jar'].map((name) => join(JARS, name))
  const library = [named('library'), ...extra.filter(existsSync)]
  if (!existsSync(named('compiler'))) fail(`Scala ${version} is not on this machine: install scala`)
  return { version, library, jars: [named('compiler'), named('reflect'), ...library] }
}

/** What programs need to use play-json with that version of Scala. */
function fetchPlayJson(binary, folder) {
  return fetchAll(pinned[binary].playJson, folder)
}

/**
 * Compiles `sources` into `target`. `archive` is where classes of the compiler are kept ready to use, made by the first run.
 * Ends the build with the first error of the compiler.
 */
function compile({ compiler, sources, classpath, options, target, archive }) {
  mkdirSync(target, { recursive: true })
  const scala = sources.filter((file) => file.endsWith('.scala'))
  const java = sources.filter((file) => file.endsWith('.java'))
  const path = classpath.join(delimiter)
  if (scala.length > 0) {
    const arguments_ = ['-classpath', path, '-d', target, '-encoding', 'UTF-8', ...options, ...scala, ...java]
    run([
      'java',
      ...JVM,
      ...archiveOptions(archive),
      '-cp',
      compiler.jars.join(delimiter),
      'scala.tools.nsc.Main',
      ...arguments_,
    ])
    keepArchive(archive)
  }
  if (java.length > 0)
    run(['javac', '-nowarn', '-encoding', 'UTF-8', '-cp', `${target}${delimiter}${path}`, '-d', target, ...java])
}

/** An archive that is there is used; else one is made where it can be kept. */
function archiveOptions(archive) {
  if (archive === null) return []
  if (existsSync(archive)) return [`-XX:SharedArchiveFile=${archive}`]
  mkdirSync(dirname(archive), { recursive: true })
  return [`-XX:ArchiveClassesAtExit=${archive}.part`]
}

function keepArchive(archive) {
  if (archive !== null && existsSync(`${archive}.part`)) renameSync(`${archive}.part`, archive)
}

function run([program, ...arguments_]) {
  const done = spawnSync(program, arguments_, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (done.error) fail(`${program} did not start: ${done.error.message}`)
  const output = withoutNoise(`${done.stdout}${done.stderr}`)
  const first = output.split('\n').find((line) => /(^|: )error: /.test(line))
  if (first !== undefined && done.status !== 0) console.log(first)
  if (output.trim() !== '') console.log(output.trim())
  if (done.status !== 0)
    fail(first?.replace('error: ', '') ?? `${program} ended with ${done.signal ?? `code ${done.status}`}`)
}

/** What the virtual machine says of its archives concerns nobody. */
function withoutNoise(output) {
  return output.replace(/^(OpenJDK 64-Bit Server VM warning:|\[[\d.]+s\]\[warning\]\[cds).*\n?/gm, '')
}

/** Scala's and Java's sources under `folders`, in a fixed order; of the working directory only what lies in it directly. */
function findSources(folders) {
  const files = folders.flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder, { recursive: folder !== '.' }).map((name) => join(folder, name)) : [],
  )
  return [...new Set(files)].filter((file) => /\.(scala|java)$/.test(file)).sort()
}

/** Puts the classes and resources under `folders` into one jar. */
function pack(jar, folders) {
  rmSync(jar, { force: true })
  mkdirSync(dirname(jar), { recursive: true })
  run([
    'jar',
    '--create',
    '--file',
    jar,
    '--no-compress',
    ...folders.filter(existsSync).flatMap((folder) => ['-C', folder, '.']),
  ])
}

module.exports = { compile, fetchPlayJson, findCompiler, findSources, pack }
