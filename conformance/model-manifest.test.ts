/**
 * Model manifests in Python, with the official packages, unmodified, and with what the platform provides in their place:
 * required files are there when the algorithm loads, optional ones when it asks for them, frozen ones are compared with
 * their checksums (runtime.md 5).
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
/** The packages themselves, and what the platform provides in their place. */
const OFFICIAL = 'algorithmia==2.0.5\n'
const PROVIDED = 'algorithmia\n'
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

/** A public algorithm with these packages and manifest files. */
async function install(name: string, requirements: string, manifest: Record<string, string>): Promise<Workshop> {
  const { shop } = await createAlgorithm(target, author, { name, language: 'python3' })
  await pushGreen(shop, { [`src/${name}.py`]: SOURCE, 'requirements.txt': requirements, ...manifest })
  await publish(shop, { settings: { algorithm_callability: 'public', network_access: 'isolated' } })
  return shop
}

/** The file's entry in a manifest; every test has files of its own. */
const entryOf = (name: string, file: string, isProtected = false): object => ({
  name,
  source_uri: uriOf(file),
  fail_on_tamper: isProtected,
})

const manifestOf = (required: readonly object[], optional: readonly object[] = []): string =>
  JSON.stringify({ required_files: required, optional_files: optional })

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

test('a frozen file that was changed is refused while the algorithm loads; the others may change', async () => {
  for (const file of ['guarded', 'free', 'optional']) await put(`${file}.txt`, `${file} content`)
  const required = [entryOf('required', 'guarded.txt', true), entryOf('free', 'free.txt')]
  const manifest = manifestOf(required, [entryOf('optional', 'optional.txt')])
  const shop = await install('Frozen', OFFICIAL, { [MANIFEST]: manifest, [FROZEN]: await freeze(manifest) })
  await put('free.txt', 'changed, and nobody minds')
  assert.equal(await resultOf(shop, 'loaded'), 'guarded content')
  assert.equal(await resultOf(shop, 'free'), 'changed, and nobody minds')
  assert.equal(await resultOf(shop, 'optional'), 'optional content')
  await put('guarded.txt', 'tampered content')
  const { error } = await callAsSomebodyElse(shop, 'loaded')
  assert.equal(error.error_type, 'LoadingError')
  const [expected, real] = [md5('guarded content'), md5('tampered content')]
  assert.equal(error.message, `Model File Mismatch for required\nexpected hash:  ${expected}\nreal hash: ${real}`)
})

test('without a frozen manifest files may change; one that is missing is told', async () => {
  await put('required.txt', 'required content')
  await put('asked-for.txt', 'optional content')
  const manifest = manifestOf([entryOf('required', 'required.txt')], [entryOf('optional', 'asked-for.txt')])
  const shop = await install('Plain', PROVIDED, { [MANIFEST]: manifest })
  assert.equal(await resultOf(shop, 'loaded'), 'required content')
  await put('required.txt', 'changed content')
  assert.equal(await resultOf(shop, 'loaded'), 'changed content')
  assert.equal(await resultOf(shop, 'optional'), 'optional content')
  assert.match((await callAsSomebodyElse(shop, 'unknown')).error.message, /model name unknown not found in manifest/)
  await curl('DELETE', `${target.url}/v1/data/.my/Models/required.txt`, { key: author.key })
  const { error } = await callAsSomebodyElse(shop, 'loaded')
  assert.equal(error.error_type, 'LoadingError')
  assert.match(error.message, /unable to get file .*Models\/required\.txt - path not found/)
})

test('a frozen manifest that was edited by hand is refused', async () => {
  await put('locked.txt', 'locked content')
  const manifest = manifestOf([entryOf('required', 'locked.txt', true)])
  const frozen = (await freeze(manifest)).replace('locked.txt', 'unlock.txt')
  const shop = await install('Locked', PROVIDED, { [MANIFEST]: manifest, [FROZEN]: frozen })
  const { error } = await callAsSomebodyElse(shop, 'loaded')
  assert.equal(error.error_type, 'LoadingError')
  assert.match(error.message, /Manifest FreezeFile Tamper Detected; please use the CLI and 'algo freeze'/)
})
