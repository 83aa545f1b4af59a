'use strict'
// Builds a Scala algorithm in the working directory: finds out what it needs (from the plain build definition, or by asking
// sbt), compiles it, and puts it with its libraries into `.algorist`, where the bridge looks for it.

const { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { basename, join } = require('node:path')
const { compile, fetchPlayJson, findCompiler, findSources, pack } = require('./build/compiler.js')
const { binaryVersion, readDefinition } = require('./build/definition.js')
const { algorithmNames, checkEntry } = require('./build/entry.js')
const { fail } = require('./build/fail.js')
const { planWithSbt } = require('./build/sbt.js')
const { GSON, isProvided } = require('./build/provided.js')

const DEPENDENCIES = existsSync('/opt/dependencies') ? '/opt/dependencies' : join(tmpdir(), 'algorist-dependencies')
const IS_KEPT = process.env.ALGORIST_DEPENDENCIES === 'kept'
/** The bridges, which builds find where workers do; outside of a sandbox, tests say where they are. */
const [BRIDGE, BASE] = [process.argv[2] ?? '/opt/bridge', process.argv[3] ?? '/opt/base']
/** Where what the commit is compiled to lies until it is packed. */
const CLASSES = join(tmpdir(), 'algorist-classes')
const OUTPUT = '.algorist'
/** What the builder wants to hear when what was kept does not do. */
const WANTS_NEW = 75
const BINARY_WITHOUT_DEFINITION = '2.11'

async function main() {
  const names = algorithmNames()
  const definition = readDefinition(isProvided)
  const sourceText = textOf(findSources(['src/main', '.']))
  const usesClient =
    definition.usesHandler ||
    /com\.algorithmia\.handler/.test(sourceText) ||
    /"algorithmia-scala/.test(textOf(definition.files))
  const plan = IS_KEPT ? readKeptPlan() : await makePlan(definition, usesClient)
  console.log(`Scala ${plan.version}${sayAsked(definition.scalaVersion, plan.version)}`)
  const sources = [...findSources(plan.sourceFolders), ...plan.generated]
  if (sources.length === 0) fail(`there are no sources: expected Scala files in ${plan.sourceFolders.join(' or ')}`)
  compileAll({ plan, sources, usesClient })
  const main = checkEntry({
    classes: CLASSES,
    names,
    usesHandler: /com\.algorithmia\.handler/.test(sourceText),
    mainClass: plan.mainClass,
  })
  assemble(plan, main, { usesGson: /com\.google\.gson/.test(sourceText) })
  console.log('done')
}

/** The plan is kept with the packages that it names. */
async function makePlan(definition, usesClient) {
  mkdirSync(DEPENDENCIES, { recursive: true })
  const plan =
    definition.reason === null ? await planDirectly(definition, usesClient) : await planBySbt(definition, usesClient)
  writeFileSync(join(DEPENDENCIES, 'plan.json'), JSON.stringify(plan))
  return plan
}

function readKeptPlan() {
  const file = join(DEPENDENCIES, 'plan.json')
  if (!existsSync(file)) process.exit(WANTS_NEW)
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What the definition says is all known: no sbt is needed. */
async function planDirectly(definition, usesClient) {
  const binary = definition.scalaVersion === null ? BINARY_WITHOUT_DEFINITION : binaryVersion(definition.scalaVersion)
  for (const { name, version } of definition.modules) console.log(`${name} ${version}: provided by the platform`)
  const compiler = await findCompiler(binary, join(DEPENDENCIES, 'jars'))
  const playJson = usesClient ? await fetchPlayJson(binary, join(DEPENDENCIES, 'jars')) : []
  return {
    version: compiler.version,
    compiler: compiler.jars,
    libraries: [...compiler.library, ...playJson],
    sourceFolders: ['src/main/scala', `src/main/scala-${binary}`, 'src/main/java', ...oldSourceFolder(), '.'],
    resourceFolders: ['src/main/resources'],
    generated: [],
    scalacOptions: definition.scalacOptions,
    mainClass: definition.mainClass,
  }
}

/** Before there was sbt, sources lay in `src` itself. */
function oldSourceFolder() {
  return existsSync('src/main') || existsSync('build.sbt') ? [] : ['src']
}

async function planBySbt({ reason, scalaVersion }, usesClient) {
  if (scalaVersion !== null) binaryVersion(scalaVersion)
  console.log(`the build definition is read by sbt, since ${reason}`)
  const plan = await planWithSbt(DEPENDENCIES, { usesClient })
  for (const jar of plan.libraries) console.log(`library: ${basename(jar)}`)
  return { ...plan, version: plan.scalaVersion }
}

function sayAsked(asked, version) {
  return asked === null || asked === version ? '' : ` in place of ${asked}`
}

function compileAll({ plan, sources, usesClient }) {
  rmSync(CLASSES, { recursive: true, force: true })
  const client = usesClient ? findSources([join(BRIDGE, 'client')]) : []
  const dropIn = usesClient ? [] : [join(BASE, 'drop-in.jar')]
  compile({
    compiler: { jars: plan.compiler },
    sources: [...sources, ...client],
    classpath: [...plan.libraries, ...ownJars(), GSON, join(BASE, 'bridge.jar'), ...dropIn].filter(existsSync),
    options: plan.scalacOptions.filter((option) => !/^-(Xfatal-warnings|Werror|release|target).*$/.test(option)),
    target: CLASSES,
    archive: archiveOf(plan),
  })
}

/** Written when packages are installed, and only read from then on. */
function archiveOf(plan) {
  const archive = join(DEPENDENCIES, `compiler-${plan.version}.jsa`)
  return IS_KEPT && !existsSync(archive) ? null : archive
}

/** Jars that lie in the commit. */
function ownJars() {
  return existsSync('lib')
    ? readdirSync('lib', { recursive: true })
        .filter((name) => name.endsWith('.jar'))
        .map((name) => join('lib', name))
    : []
}

/** Everything that runs needs: workers see nothing of the dependencies' folder. */
function assemble(plan, main, { usesGson }) {
  rmSync(OUTPUT, { recursive: true, force: true })
  mkdirSync(join(OUTPUT, 'lib'), { recursive: true })
  pack(join(OUTPUT, 'algorithm.jar'), [CLASSES, ...plan.resourceFolders])
  const jars = [...plan.libraries, ...ownJars(), ...(usesGson && !plan.libraries.some(isGson) ? [GSON] : [])]
  const names = jars.map((jar, index) => `lib/${String(index).padStart(3, '0')}-${basename(jar)}`)
  for (const [index, jar] of jars.entries()) copyFileSync(jar, join(OUTPUT, names[index]))
  const classPath = ['algorithm.jar', ...names].map((name) => join(OUTPUT, name))
  writeFileSync(join(OUTPUT, 'class-path'), classPath.join('\n'))
  if (main !== null) writeFileSync(join(OUTPUT, 'main'), main)
  for (const left of ['target', 'project/target', 'project/project']) rmSync(left, { recursive: true, force: true })
}

function isGson(jar) {
  return /^gson-[\d.]+\.jar$/.test(basename(jar))
}

function textOf(files) {
  return files.map((file) => readFileSync(file, 'utf8')).join('\n')
}

main()
