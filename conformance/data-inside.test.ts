/**
 * Data from inside algorithms, by the official clients for Python and Node, without a key, with a network and without
 * one: whose `.my` it is, what calls share, what an algorithm keeps, who may read whose collections, and whose connectors count
 * (rest-api.md 5.2 to 5.4, runtime.md 4.5).
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type DataAction, NODE_PACKAGE, NODE_SOURCE, PYTHON_REQUIREMENTS, PYTHON_SOURCE } from './inside/sources.ts'
import { type Account, createAccount, createKey, FULL_RIGHTS, uniqueName } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from './lib/algorithms.ts'
import { type CurlReply, curl, curlJson, type Json } from './lib/curl.ts'
import { CONNECTS_TO_LOOPBACK, connectS3, openS3Server } from './lib/s3-server.ts'
import { startTarget, type Target } from './lib/server.ts'

const PRIVATE: readonly string[] = []
const MY_ALGORITHMS = ['algo://.my/*']
const PUBLIC = ['user://*']

let target: Target
let author: Account
let caller: Account
/** `owner/name` of the author's algorithms, one for each client, and of one of the caller's own. */
let algorithms: { python: string; node: string; callers: string }
before(async () => {
  target = await startTarget(CONNECTS_TO_LOOPBACK)
  author = await createAccount(target, 'author')
  caller = await createAccount(target, 'caller')
  const [python, node, callers] = await Promise.all([
    install(author, 'isolated', { 'src/Data.py': PYTHON_SOURCE, 'requirements.txt': PYTHON_REQUIREMENTS }),
    install(author, 'full', { 'src/DataJs.js': NODE_SOURCE, 'package.json': NODE_PACKAGE }),
    install(caller, 'isolated', { 'src/Data.py': PYTHON_SOURCE, 'requirements.txt': 'algorithmia\n' }),
  ])
  algorithms = { python, node, callers }
})
after(() => target?.close())

async function install(owner: Account, network: string, files: Record<string, string>): Promise<string> {
  const [, name = '', extension] = /^src\/(\w+)\.(\w+)/.exec(Object.keys(files)[0] ?? '') ?? []
  const language = extension === 'js' ? 'javascript' : 'python3'
  const { shop } = await createAlgorithm(target, owner, { name, language })
  await pushGreen(shop, files)
  await publish(shop, { settings: { algorithm_callability: 'public', network_access: network } })
  return `${owner.username}/${name}`
}

/** Calls an algorithm with somebody's key; answers its result. */
async function ask(algorithm: string, json: DataAction, { key }: { key: string } = caller): Promise<Json> {
  const reply = await curlJson('POST', `${target.url}/v1/algo/${algorithm}`, { key, json })
  assert.equal(reply.error, undefined, JSON.stringify(reply))
  return reply.result
}

/** From outside, with somebody's key. */
const look = (method: string, path: string, { key }: Account, body?: string): Promise<CurlReply> =>
  curl(method, `${target.url}/v1/data/${path}`, { key, ...(body === undefined ? {} : { body }) })

/** A collection of the author with `a.txt` in it; its URI. */
async function shelf(acl: readonly string[]): Promise<string> {
  const name = uniqueName('Shelf')
  const json = { name, acl: { read: acl } }
  await curlJson('POST', `${target.url}/v1/data/.my`, { key: author.key, json })
  assert.equal((await look('PUT', `.my/${name}/a.txt`, author, 'of the author')).status, 200)
  return `data://${author.username}/${name}`
}

/** Makes a collection of the author the default one of an algorithm, as its owner. */
async function makeDefault(algorithm: string, name: string): Promise<void> {
  const { key } = author
  const { id } = await curlJson('GET', `${target.url}/v1/algorithms/${algorithm}`, { key })
  const { result } = await curlJson('GET', `${target.url}/v1/hostedData`, { key })
  const { id: collectionId } = result.find((collection: Json) => collection.collection_name === name)
  await curlJson('POST', `${target.url}/v1/algorithms/${id}/collections/${collectionId}`, { key })
}

function assertRefused(result: Json, reason = /./): void {
  assert.ok(result !== null && typeof result === 'object' && 'refused' in result, JSON.stringify(result))
  assert.match(result.refused, reason)
}

for (const client of ['python', 'node'] as const) {
  describe(`by the official client for ${client}, inside`, () => {
    const run = (action: DataAction, account?: { key: string }) => ask(algorithms[client], action, account)
    const other = () => algorithms[client === 'python' ? 'node' : 'python']

    test('.my is the data of whoever calls, not of the author', async () => {
      const name = uniqueName('Mine')
      assert.equal(await run({ do: 'create', uri: `data://.my/${name}` }), true)
      assert.equal(await run({ do: 'put', uri: `data://.my/${name}/a b.txt`, text: 'from inside' }), true)
      assert.equal((await look('GET', `${caller.username}/${name}/a%20b.txt`, caller)).text, 'from inside')
      assert.equal((await look('GET', `${author.username}/${name}`, author)).status, 404)
      assert.deepEqual(await run({ do: 'list', uri: `data://.my/${name}` }), ['a b.txt'])
      assert.equal(await run({ do: 'delete', uri: `data://${caller.username}/${name}/a b.txt` }), true)
      assert.equal((await run({ do: 'list', uri: 'data://' }))[0], caller.username)
    })

    test('.session is shared by a call and those below it, in both directions, and gone afterwards', async () => {
      const [first, second] = ['data://.session/first.txt', 'data://.session/second.txt']
      const read = { do: 'get', uri: first } as const
      assert.equal(await run({ do: 'call', uri: first, text: 'above', algorithm: other(), input: read }), 'above')
      assert.equal(await run({ do: 'exists', uri: first }), false)
      // The child writes, and what it calls in turn, which is this one again, reads.
      const write = { do: 'call', uri: second, text: 'below', algorithm: algorithms[client] } as const
      const input = { ...write, input: { do: 'get', uri: second } } as const
      assert.equal(await run({ do: 'call', algorithm: other(), input }), 'below')
      assert.deepEqual(await run({ do: 'list', uri: 'data://.session' }), [])
    })

    test('.session is there for running algorithms alone', async () => {
      assert.equal((await look('GET', '.session/first.txt', caller)).status, 404)
      assert.equal((await look('PUT', '.session/first.txt', caller, 'x')).status, 404)
    })

    for (const life of ['temp', 'perm']) {
      test(`.algo/${life} belongs to the caller and the algorithm, in its short and its long form`, async () => {
        const file = `${client}.txt`
        const [short, long] = [`.algo/${life}/${file}`, `.algo/${algorithms[client]}/${life}/${file}`]
        assert.equal(await run({ do: 'put', uri: `data://${short}`, text: life }), true)
        assert.equal(await run({ do: 'get', uri: `data://${long}` }), life)
        assert.deepEqual(await run({ do: 'list', uri: `data://.algo/${life}` }), [file])
        assert.equal(await run({ do: 'exists', uri: `data://${short}` }, author), false)
        assert.equal(await ask(other(), { do: 'exists', uri: `data://${short}` }), false)
        assertRefused(await ask(other(), { do: 'put', uri: `data://${long}`, text: 'x' }))
        assert.equal((await look('GET', short, caller)).status, 404)
      })

      test(`.algo/${life} is read and deleted from outside by its caller, and by nobody else`, async () => {
        const path = `.algo/${algorithms[client]}/${life}/b.txt`
        assert.equal(await run({ do: 'put', uri: `data://.algo/${life}/b.txt`, text: life }), true)
        assert.equal((await look('GET', path, caller)).text, life)
        assert.equal((await look('GET', path, author)).status, 404)
        assert.equal((await look('PUT', path, caller, 'x')).status, 403)
        assert.equal((await look('DELETE', path, caller)).status, 200)
        assert.equal(await run({ do: 'exists', uri: `data://.algo/${life}/b.txt` }), false)
      })
    }

    test("a collection for the author's algorithms is read through them, whoever calls, and not otherwise", async () => {
      const uri = await shelf(MY_ALGORITHMS)
      assert.equal(await run({ do: 'get', uri: `${uri}/a.txt` }), 'of the author')
      assert.deepEqual(await run({ do: 'list', uri }), ['a.txt'])
      assertRefused(await ask(algorithms.callers, { do: 'get', uri: `${uri}/a.txt` }), /not authorized/)
      assert.equal((await look('GET', uri.slice('data://'.length), caller)).status, 403)
    })

    test('the grant is of the algorithm that runs, not of the one that called it', async () => {
      const uri = `${await shelf(MY_ALGORITHMS)}/a.txt`
      const input = { do: 'get', uri } as const
      assertRefused(await run({ do: 'call', algorithm: algorithms.callers, input }), /not authorized/)
      assert.equal(await ask(algorithms.callers, { do: 'call', algorithm: algorithms[client], input }), 'of the author')
    })

    test('a private collection is read by whatever its owner calls, and through no call of others', async () => {
      const input = { do: 'get', uri: `${await shelf(PRIVATE)}/a.txt` } as const
      assertRefused(await run(input), /not authorized/)
      assert.equal(await run(input, author), 'of the author')
      assert.equal(await ask(algorithms.callers, input, author), 'of the author')
    })

    test('a public collection is read through every algorithm', async () => {
      const input = { do: 'get', uri: `${await shelf(PUBLIC)}/a.txt` } as const
      for (const algorithm of [algorithms[client], algorithms.callers]) {
        assert.equal(await ask(algorithm, input), 'of the author')
      }
    })

    test('only what the owner calls changes the data of the owner', async () => {
      const uri = await shelf(PUBLIC)
      assertRefused(await run({ do: 'put', uri: `${uri}/a.txt`, text: 'changed' }))
      assertRefused(await run({ do: 'delete', uri: `${uri}/a.txt` }))
      assertRefused(await run({ do: 'create', uri: `data://${author.username}/New` }))
      assert.equal(await ask(algorithms.callers, { do: 'put', uri: `${uri}/b.txt`, text: 'x' }, author), true)
      assert.deepEqual(await run({ do: 'list', uri }), ['a.txt', 'b.txt'])
    })

    test('.algo/default is the collection that the author gave the algorithm, by its permissions', async () => {
      const name = (await shelf(MY_ALGORITHMS)).split('/').at(-1) ?? ''
      assertRefused(await ask(algorithms.callers, { do: 'get', uri: 'data://.algo/default/a.txt' }), /not found/)
      await makeDefault(algorithms[client], name)
      assert.equal(await run({ do: 'get', uri: 'data://.algo/default/a.txt' }), 'of the author')
      assert.deepEqual(await run({ do: 'list', uri: 'data://.algo/default' }), ['a.txt'])
      assertRefused(await run({ do: 'put', uri: 'data://.algo/default/a.txt', text: 'changed' }))
      const json = { acl: { read: PRIVATE } }
      await curlJson('PATCH', `${target.url}/v1/data/.my/${name}`, { key: author.key, json })
      assertRefused(await run({ do: 'get', uri: 'data://.algo/default/a.txt' }), /not authorized/)
      assert.equal(await run({ do: 'get', uri: 'data://.algo/default/a.txt' }, author), 'of the author')
    })

    test('a call has no more rights to data than the key that made it', async () => {
      const name = uniqueName('Limited')
      assert.equal(await run({ do: 'create', uri: `data://.my/${name}` }), true)
      const put = { do: 'put', uri: `data://.my/${name}/a.txt`, text: 'x' } as const
      const readOnly = await createKey(target, caller.username, { ...FULL_RIGHTS, allow_data_write: false })
      const none = { ...FULL_RIGHTS, allow_data: false, allow_data_write: false }
      const nothing = await createKey(target, caller.username, none)
      assertRefused(await run(put, { key: readOnly }))
      assert.equal(await run(put), true)
      assert.equal(await run({ do: 'get', uri: put.uri }, { key: readOnly }), 'x')
      assertRefused(await run({ do: 'get', uri: put.uri }, { key: nothing }))
    })
  })
}

describe('connectors, inside', () => {
  let s3: Awaited<ReturnType<typeof openS3Server>>
  before(async () => {
    s3 = await openS3Server()
    const { bucket } = s3
    await Promise.all([
      connectS3(target, caller, { ...s3, label: 'lab', path: `${bucket}/of-caller/*` }),
      connectS3(target, caller, { ...s3, label: 'reader', path: '*', writeable: false }),
      connectS3(target, author, { ...s3, label: 'lab', path: `${bucket}/of-author/*` }),
      connectS3(target, author, { ...s3, label: 'authors', path: '*' }),
    ])
  })
  after(() => s3?.stop())

  for (const client of ['python', 'node'] as const) {
    const run = (action: DataAction, account?: { key: string }) => ask(algorithms[client], action, account)

    test(`are those of whoever calls, not of the author, by the client for ${client}`, async () => {
      const file = `${client}.txt`
      const [ofCaller, ofAuthor] = [`s3+lab://${s3.bucket}/of-caller`, `s3+lab://${s3.bucket}/of-author`]
      assert.equal(await run({ do: 'put', uri: `${ofCaller}/${file}`, text: 'from inside' }), true)
      assert.equal(await run({ do: 'get', uri: `${ofCaller}/${file}` }), 'from inside')
      assertRefused(await run({ do: 'get', uri: `${ofAuthor}/${file}` }), /s3\+lab is for .*of-caller/)
      assert.equal(await run({ do: 'put', uri: `${ofAuthor}/${file}`, text: 'x' }, author), true)
      assertRefused(await run({ do: 'get', uri: `${ofCaller}/${file}` }, author), /s3\+lab is for .*of-author/)
      const unknown = `s3+authors://${s3.bucket}/of-author/${file}`
      assert.equal(await run({ do: 'get', uri: unknown }, author), 'x')
      assertRefused(await run({ do: 'get', uri: unknown }), /has no connector s3\+authors/)
      assert.equal(await run({ do: 'delete', uri: `${ofCaller}/${file}` }), true)
      assert.equal(await run({ do: 'exists', uri: `${ofCaller}/${file}` }), false)
    })

    test(`that only read refuse every change, by the client for ${client}`, async () => {
      const kept = `${s3.bucket}/of-caller/kept-${client}.txt`
      assert.equal(await run({ do: 'put', uri: `s3+lab://${kept}`, text: 'kept' }), true)
      assert.equal(await run({ do: 'get', uri: `s3+reader://${kept}` }), 'kept')
      // The client for Python has the status of a refused put, and not its reason.
      assertRefused(await run({ do: 'put', uri: `s3+reader://${kept}`, text: 'x' }), /s3\+reader only reads|403/)
      assertRefused(await run({ do: 'delete', uri: `s3+reader://${kept}` }), /s3\+reader only reads/)
      assert.equal(await run({ do: 'get', uri: `s3+lab://${kept}` }), 'kept')
    })
  }
})
