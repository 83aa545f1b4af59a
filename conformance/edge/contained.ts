/** What every reply must be, whoever made its content: nothing that a browser runs as a page of this server. */
import assert from 'node:assert/strict'
import type { WireReply } from '../lib/wire.ts'

/** What a browser shows without running anything of it. */
const SHOWN = /^(?:application\/json|text\/plain|image\/(?:png|jpeg|gif|webp|x-icon))(?:;|$)/

/** Reads headers in any capitals. */
export function headerOf(reply: WireReply, name: string): string | undefined {
  return reply.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1]
}

/** A reply with content of authors or callers: shown as text, or downloaded; never guessed, never a page. */
export function assertContained(reply: WireReply): void {
  assert.equal(headerOf(reply, 'X-Content-Type-Options'), 'nosniff', reply.statusLine)
  const type = headerOf(reply, 'Content-Type')
  if (reply.body.length === 0) return
  assert.ok(type !== undefined, 'a body has a type')
  if (!SHOWN.test(type)) assert.match(headerOf(reply, 'Content-Disposition') ?? '', /^attachment/, type)
}

/** As those above, and sandboxed should a browser open it. */
export function assertSandboxed(reply: WireReply): void {
  assertContained(reply)
  assert.match(headerOf(reply, 'Content-Security-Policy') ?? '', /(^|; ?)sandbox(;|$)/)
}

const TAGS = new Set(
  (
    'h1 h2 h3 h4 h5 h6 p br hr div span blockquote pre code kbd samp ul ol li dl dt dd strong b em i del s sub sup a ' +
    'img details summary table thead tbody tfoot tr th td caption'
  ).split(' '),
)

/** HTML of an author as the API hands it out: harmless tags, no handlers, no addresses that run. */
export function assertHarmlessHtml(html: string): void {
  for (const [tag, name = '', attributes = ''] of html.matchAll(/<\/?([^\s/>]*)([^>]*)>?/g)) {
    assert.ok(TAGS.has(name), `${tag} in ${html}`)
    assert.doesNotMatch(attributes, /(?:^|["'\s/])(?:on\w+|style|srcset|formaction|id|name|target)\s*=/i, tag)
    const [, address = ''] = /(?:href|src)="([^"]*)"/i.exec(attributes) ?? []
    assert.match(address, name === 'img' ? /^(?:https:|(?!\/\/)[^:]*$)/i : /^(?:https?:|mailto:|[^:]*$)/i, tag)
    if (/href=/.test(attributes)) assert.match(attributes, /rel="nofollow noopener noreferrer"/, tag)
  }
}
