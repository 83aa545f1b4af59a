/**
 * A model manifest with the official Python packages, unmodified: required files are there when the algorithm loads,
 * optional ones when it asks for them, frozen ones are compared with their checksums (runtime.md 5).
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { installPythonClient } from './clients/lib/python-client.ts'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { curl, curlJson, type Json } from './lib/curl.ts'
import { run } from './lib/processes.ts'
import { startTarget, type Target } from './lib/server.ts'

/** Answers what the model of its input's name holds. The required one is read when it loads. */
const SOURCE = `from Algorithmia import ADK


def load(model_data):
    with open(model_data.get_model("required")) as file:
        model_data["loaded"] = file.read()
    return model_data


def apply(input, model_data):
    if input == "loaded":
        return model_data["loaded"]
    with open(model_data.get_model(input)) as file:
        return file.read()


algorithm = ADK(apply, load)
algorithm.init("loaded")
`
const MANIFEST = 'model_manifest.json'
const FROZEN = 'model_manifest.json.freeze'
const FREEZE = `import Algorithmia; Algorithmia.client().freeze("${MANIFEST}", ".")`

let target: Target
let author: Account
let folder: string
before(async () => {
  target = await startTarget()
  author = await createAccount(target, 'author')
  folder = await mkdtemp(join(tmpdir(), 'algorist-manifest-'))
  await curlJson('POST', `${target.url}/v1/data/.my`, { key: author.key, json: { name: 'Models' } })
})
after(async () => {
  await target?.close()
  await rm(folder, { recursive: true, force: true })
})

const uriOf = (file: string): string => `data://${author.username}/Models/${file}`

async function put(file: string, body: string): Promise<void> {
  const reply = await curl('PUT', `${target.url}/v1/data/.my/Models/${file}`, { key: author.key, body })
  assert.equal(reply.status, 200, reply.text)
}

/** Files of a public algorithm, with an exact version of the packages. */
const sources = (name: string, manifest: Record<string, string>): Record<string, string> => ({
  [`src/${name}.py`]: SOURCE,
  'requirements.txt': 'algorithmia==2.0.5\n',
  ...manifest,
})

async function install(name: string, manifest: Record<string, string>): Promise<Workshop> {
  const { shop } = await createAlgorithm(target, author, { name, language: 'python3' })
  await pushGreen(shop, sources(name, manifest))
  await publish(shop, { settings: { algorithm_callability: 'public', network_access: 'isolated' } })
  return shop
}

const manifestOf = (required: object, optional: readonly object[] = []): string =>
  JSON.stringify({ required_files: [{ name: 'required', ...required }], optional_files: optional })

/** The `.freeze` file that `client.freeze()` makes of a manifest. */
async function freeze(manifest: string): Promise<string> {
  await writeFile(join(folder, MANIFEST), manifest)
  const env = {
    PYTHONPATH: await installPythonClient('2.0.5'),
    ALGORITHMIA_API: target.url,
    ALGORITHMIA_API_KEY: author.key,
  }
  const { code, stderr } = await run('python3', ['-c', FREEZE], { cwd: folder, env })
  assert.equal(code, 0, stderr)
  return readFile(join(folder, FROZEN), 'utf8')
}

/** Each account that calls has a worker of its own, which loads the models anew. */
async function callAsSomebodyElse({ callUrl }: Workshop, input: string): Promise<Json> {
  const { key } = await createAccount(target, 'caller')
  return curlJson('POST', callUrl, { key, json: input })
}

async function resultOf(shop: Workshop, input: string): Promise<string> {
  const { result, error } = await callAsSomebodyElse(shop, input)
  assert.equal(error, undefined, JSON.stringify(error))
  return result
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

test('required files are downloaded before the algorithm loads, optional ones when it asks for them', async () => {
  await put('plain-required.txt', 'required content')
  await put('plain-optional.txt', 'optional content')
  const optional = [{ name: 'optional', source_uri: uriOf('plain-optional.txt'), fail_on_tamper: false }]
  const shop = await install('Plain', { [MANIFEST]: manifestOf({ source_uri: uriOf('plain-required.txt') }, optional) })
  assert.equal(await resultOf(shop, 'loaded'), 'required content')
  assert.equal(await resultOf(shop, 'optional'), 'optional content')
  const unknown = await callAsSomebodyElse(shop, 'unknown')
  assert.match(unknown.error.message, /model name unknown not found in manifest/)
  await put('plain-required.txt', 'changed, and nobody minds')
  assert.equal(await resultOf(shop, 'loaded'), 'changed, and nobody minds')
  await curl('DELETE', `${target.url}/v1/data/.my/Models/plain-required.txt`, { key: author.key })
  const missing = await callAsSomebodyElse(shop, 'loaded')
  assert.equal(missing.error.error_type, 'LoadingError')
  assert.match(missing.error.message, /unable to get file .*Models\/plain-required\.txt - path not found/)
})

test('a frozen file that was changed is refused while the algorithm loads, with both checksums', async () => {
  await put('frozen.txt', 'frozen content')
  const manifest = manifestOf({ source_uri: uriOf('frozen.txt'), fail_on_tamper: true })
  const frozen = await freeze(manifest)
  const shop = await install('Frozen', { [MANIFEST]: manifest, [FROZEN]: frozen })
  assert.equal(await resultOf(shop, 'loaded'), 'frozen content')
  await put('frozen.txt', 'tampered content')
  const { error } = await callAsSomebodyElse(shop, 'loaded')
  assert.equal(error.error_type, 'LoadingError')
  const [expected, real] = [md5('frozen content'), md5('tampered content')]
  assert.equal(error.message, `Model File Mismatch for required\nexpected hash:  ${expected}\nreal hash: ${real}`)
})

test('a frozen manifest that was edited by hand is refused', async () => {
  await put('locked.txt', 'locked content')
  const manifest = manifestOf({ source_uri: uriOf('locked.txt'), fail_on_tamper: true })
  const frozen = (await freeze(manifest)).replace('locked.txt', 'unlock.txt')
  const shop = await install('Locked', { [MANIFEST]: manifest, [FROZEN]: frozen })
  const { error } = await callAsSomebodyElse(shop, 'loaded')
  assert.equal(error.error_type, 'LoadingError')
  assert.match(error.message, /Manifest FreezeFile Tamper Detected; please use the CLI and 'algo freeze'/)
})
