import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayCountCookies } from './same-origin.ts'

const url = 'https://algorist.example'
const sentBy = (method: string, origin?: string) =>
  mayCountCookies({ method, headers: origin === undefined ? {} : { origin } }, url)

test('cookies count for requests that only read, whoever sent them', () => {
  assert.equal(sentBy('GET'), true)
  assert.equal(sentBy('HEAD', 'https://evil.example'), true)
})

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', '']) {
  test(`cookies count for ${method || 'no method'} from a page of this server only`, () => {
    assert.equal(sentBy(method, url), true)
    const others = [
      ...[undefined, '', 'null', 'https://evil.example', 'http://algorist.example', 'https://algorist.example:8443'],
      ...['https://algorist.example.evil.example', 'https://evil.example/https://algorist.example'],
      ...['https://algorist.example/', 'https://ALGORIST.example', `${url}, https://evil.example`, `${url} ${url}`],
    ]
    assert.deepEqual(
      others.filter((origin) => sentBy(method, origin)),
      [],
    )
  })
}
