'use strict'
// Asks sbt what a project is: its libraries, sources and options. sbt compiles nothing of the algorithm, so that later
// builds with the same definition need no sbt at all.

const { spawnSync } = require('node:child_process')
const { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs')
const { join, relative } = require('node:path')
const { askedSbtVersion } = require('./definition.js')
const { fail } = require('./fail.js')
const { fetchAll, repositoryUrl } = require('./registry.js')
const pinned = require('./pinned.json')

const SETTINGS_FILE = 'zzz-algorist.sbt'
const PLUGINS = join('project', 'plugins.sbt')
/** The plugin sbt-native-packager, and where it is asked for. */
const PACKAGER = /^.*"sbt-native-packager".*$|\.?enablePlugins\s*\(\s*Java(Server)?AppPackaging\s*\)/gm

/**
 * The plan of the project in the working directory, with everything that it names in `folder`:
 * `{ scalaVersion, libraries, compiler, sourceFolders, resourceFolders, generated, scalacOptions, mainClass }`.
 */
async function planWithSbt(folder) {
  const { version, launcher } = pinned.sbt
  const asked = askedSbtVersion()
  if (asked?.startsWith('2.')) fail(`project/build.properties asks for sbt ${asked}: expected sbt 1`)
  if (asked !== version) console.log(`sbt ${version}${asked ? ` in place of ${asked}` : ''}`)
  const [jar] = await fetchAll(launcher, folder)
  const answer = join(folder, 'plan.txt')
  const restore = prepareProject(answer)
  const first = runSbt(jar, version, folder)
  restore()
  if (first !== undefined) fail(`sbt: ${first}`)
  if (!existsSync(answer)) fail('sbt did not say what the project is; its output is above')
  const plan = readPlan(answer)
  const keep = (jars) => jars.map((jar) => keepJar(jar, folder))
  return keepGenerated({ ...plan, libraries: keep(plan.libraries), compiler: keep(plan.compiler) }, folder)
}

/**
 * Settings that come after the project's own, since sbt reads the files of a folder in the order of their names; and what is
 * only there for `sbt stage`, which is not run, is taken out of the definition meanwhile. Returns what undoes both.
 */
function prepareProject(answer) {
  const settings = readFileSync(join(__dirname, 'settings.sbt.txt'), 'utf8')
  const binaries = Object.entries(pinned).filter(([key]) => key !== 'sbt')
  const versions = binaries.map(([key, { version }]) => `"${key}" -> "${version}"`).join(', ')
  const play = binaries.map(([key, { playJson }]) => `"${key}" -> "${playVersion(playJson)}"`).join(', ')
  const values = { REPOSITORY: repositoryUrl() ?? '', ANSWER: answer, VERSIONS: versions, PLAY: play }
  const changed = new Map()
  for (const file of [...readdirSync('.'), PLUGINS].filter((name) => name.endsWith('.sbt') && existsSync(name))) {
    const text = readFileSync(file, 'utf8')
    changed.set(file, text)
    writeFileSync(file, text.replace(PACKAGER, ''))
  }
  writeFileSync(
    SETTINGS_FILE,
    settings.replace(/@(\w+)@/g, (_, name) => values[name]),
  )
  return () => {
    for (const [file, text] of changed) writeFileSync(file, text)
    rmSync(SETTINGS_FILE, { force: true })
  }
}

/** Of the first of the jars, `…/play-json_2.13/VERSION/…`. */
function playVersion(jars) {
  return Object.keys(jars)[0].split('/').at(-2)
}

/** What went wrong; undefined when nothing did. */
function runSbt(launcher, version, folder) {
  const repositories = '/tmp/sbt-repositories'
  writeFileSync(repositories, `[repositories]\n  local\n  central: ${repositoryUrl()}\n`)
  const places = {
    'sbt.version': version,
    'sbt.global.base': '/tmp/sbt-global',
    'sbt.boot.directory': '/tmp/sbt-boot',
    'sbt.ivy.home': '/tmp/sbt-ivy',
    'sbt.repository.config': repositories,
    'sbt.override.build.repos': 'true',
    'sbt.coursier.home': '/tmp/sbt-coursier',
    'coursier.cache': join(folder, 'coursier'),
    'sbt.color': 'false',
    'sbt.supershell': 'false',
    'sbt.server.autostart': 'false',
    'sbt.ci': 'true',
    'user.home': '/tmp',
    ...proxies(),
  }
  const options = Object.entries(places).map(([name, value]) => `-D${name}=${value}`)
  const command = ['-Xmx1g', '-Xss8m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...options, '-jar', launcher]
  const done = spawnSync('java', [...command, 'algoristPlan'], {
    input: 'q\n',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const lines = `${done.stdout}${done.stderr}`
    .split('\n')
    .filter((line) => !/^(\[error\])?\s+at |^\[info\] (welcome|resolving)|^\[warn\] Project loading failed/.test(line))
  console.log(lines.join('\n').trim())
  return done.status === 0 ? undefined : (reasonIn(lines) ?? `ended with code ${done.status}`)
}

/** The first error in words of its own; a library that was found nowhere is told apart from one that could not be asked for. */
function reasonIn(lines) {
  const errors = lines.filter((line) => /^\[error\] .*\S/.test(line)).map((line) => line.replace(/^\[error\]\s*/, ''))
  const [, library] = /Error downloading (\S+)/.exec(errors[0]) ?? []
  if (library === undefined || errors.some((line) => line.startsWith('download error'))) return errors[0]
  return `${library} is in no repository that is still there; those over http and those that have gone are not asked`
}

/** Java does not read the variables that other programs know. */
function proxies() {
  const found = {}
  for (const scheme of ['http', 'https']) {
    const address = process.env[`${scheme}_proxy`] || process.env[`${scheme.toUpperCase()}_PROXY`]
    if (!address || !URL.canParse(address)) continue
    const { hostname, port, protocol } = new URL(address)
    found[`${scheme}.proxyHost`] = hostname
    found[`${scheme}.proxyPort`] = port || (protocol === 'https:' ? '443' : '80')
  }
  return found
}

/** The answer is lines `name value`; lists have a line for each item. */
function readPlan(file) {
  const lists = { library: [], compiler: [], source: [], resource: [], generated: [], option: [], scala: [], main: [] }
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) lists[line.slice(0, space)].push(line.slice(space + 1))
  }
  const own = (path) => relative(process.cwd(), path) || '.'
  return {
    scalaVersion: lists.scala[0],
    libraries: lists.library,
    compiler: lists.compiler,
    sourceFolders: lists.source.map(own),
    resourceFolders: lists.resource.map(own),
    generated: lists.generated,
    scalacOptions: lists.option,
    mainClass: lists.main[0] ?? null,
  }
}

/** sbt has its own compilers elsewhere, in a folder that is gone when the build has ended. */
function keepJar(jar, folder) {
  if (jar.startsWith(join(folder, '/'))) return jar
  const kept = join(folder, 'jars', jar)
  cpSync(jar, kept)
  return kept
}

/** Sources that the definition makes are kept with the packages: they are made by sbt alone. */
function keepGenerated(plan, folder) {
  if (plan.generated.length === 0) return plan
  const kept = join(folder, 'generated')
  const files = plan.generated.map((file, index) => join(kept, `${index}`, file.split('/').at(-1)))
  for (const [index, file] of plan.generated.entries()) cpSync(file, files[index])
  console.log(`${files.length} generated source files are kept until the build definition changes`)
  return { ...plan, generated: files }
}

module.exports = { planWithSbt }
