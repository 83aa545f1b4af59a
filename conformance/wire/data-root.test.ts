/** The part of the data routes that is served: the root and the folders of owners (rest-api.md 5.2, 5.5, 5.7). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import { startTarget, type Target } from '../lib/server.ts'

covers('getData', 'headData')

let target: Target

before(async () => {
  target = await startTarget()
})
after(() => target.close())

const look = (path: string, { key = target.key, method = 'GET' } = {}) =>
  fetch(`${target.url}${path}`, { method, headers: key === '' ? {} : { Authorization: key } })

test('the root begins with the name of the caller, in every form of its address', async () => {
  for (const path of ['/v1/data', '/v1/data/', '/v1/connector/data', '/v1/connector/data/', '/v1/data/?acl=false']) {
    const reply = await look(path)
    assert.equal(reply.status, 200, path)
    assert.equal(reply.headers.get('X-Data-Type'), 'directory')
    assert.equal(reply.headers.get('Content-Type'), 'application/json')
    assert.equal(await reply.text(), `{"folders":[{"name":"${target.username}"}],"files":[]}`)
  }
})

test("an owner's folder is empty, whether it is named or .my; an unknown one is not found", async () => {
  for (const name of ['.my', target.username, target.username.toUpperCase()]) {
    assert.equal(await (await look(`/v1/data/${name}`)).text(), '{"folders":[],"files":[]}')
  }
  const unknown = await look('/v1/data/nobody')
  assert.equal(unknown.status, 404)
  assert.equal(unknown.headers.get('X-Error-Message'), 'path not found')
})

test('HEAD says the same without a body', async () => {
  const reply = await look('/v1/data/', { method: 'HEAD' })
  assert.equal(reply.status, 200)
  assert.equal(reply.headers.get('X-Data-Type'), 'directory')
  assert.equal(await reply.text(), '')
})

test('it needs a key with the right to read data', async () => {
  assert.equal((await look('/v1/data/', { key: '' })).status, 401)
  assert.equal((await look('/v1/data/', { key: target.adminKey })).status, 403)
  const { username } = await createAccount(target, 'Reader')
  const key = await createKey(target, username, { ...FULL_RIGHTS, allow_data: false })
  assert.equal((await look('/v1/data/', { key })).status, 403)
})
