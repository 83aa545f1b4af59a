import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createHtmlRenderer } from './html-renderer.ts'

function renderer(t: TestContext, limits?: Parameters<typeof createHtmlRenderer>[0]) {
  const html = createHtmlRenderer(limits)
  t.after(() => html.close())
  return html
}

const nested = (seed: string) => seed + '<b><i>'.repeat(40_000)

test('Markdown and HTML become safe HTML', async (t) => {
  const html = renderer(t)
  assert.equal(await html.render({ kind: 'markdown', text: '*a*<script>x</script>' }), '<p><em>a</em></p>')
  assert.equal(await html.render({ kind: 'html', text: '*a*<b onclick=x>c</b>' }), '*a*<b>c</b>')
})

test('a text that takes too long is shown as it was written, and the next one is rendered again', async (t) => {
  const html = renderer(t, { timeoutMs: 1 })
  assert.match(await html.render({ kind: 'html', text: nested('slow') }), /^slow&lt;b&gt;&lt;i&gt;/)
  const patient = renderer(t, { timeoutMs: 20_000 })
  assert.equal(await patient.render({ kind: 'html', text: '<b>a</b>' }), '<b>a</b>')
})

test('the server goes on while a text is rendered', async (t) => {
  const html = renderer(t, { timeoutMs: 20_000 })
  await html.render({ kind: 'html', text: '<b>' })
  let turns = 0
  let isDone = false
  const rendering = html.render({ kind: 'html', text: nested('a') }).then(() => {
    isDone = true
  })
  while (!isDone) {
    turns++
    await delay(1)
  }
  await rendering
  assert.ok(turns > 5, `${turns} turns`)
})

test('the same text is rendered once, and more than wait are shown as they were written', async (t) => {
  const html = renderer(t, { waiting: 2, timeoutMs: 20_000 })
  const texts = ['<b>1</b>', '<b>1</b>', '<b>2</b>', '<b>3</b>'].map((text) => html.render({ kind: 'html', text }))
  assert.deepEqual(await Promise.all(texts), ['<b>1</b>', '<b>1</b>', '<b>2</b>', '&lt;b&gt;3&lt;/b&gt;'])
  assert.equal(await html.render({ kind: 'html', text: '<b>3</b>' }), '<b>3</b>')
})
