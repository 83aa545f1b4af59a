/**
 * Texts of authors, made safe to show: README and summary become HTML from one allow-list, lines become text without
 * tags (design.md 7). It runs on output, so a tightened list takes effect at once for everything stored.
 *
 * The Markdown parser is one whose time grows with the text alone: hostile texts kept another busy for minutes
 * (docs/decisions/0043-markdown-in-linear-time.md).
 */
import MarkdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'

const CELL = ['align', 'colspan', 'rowspan']

const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'div', 'span', 'blockquote', 'pre', 'code', 'kbd', 'samp'],
    ...['ul', 'ol', 'li', 'dl', 'dt', 'dd', 'strong', 'b', 'em', 'i', 'del', 's', 'sub', 'sup', 'a', 'img', 'details'],
    ...['summary', 'table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'caption'],
  ],
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    code: ['class'],
    ol: ['start'],
    th: CELL,
    td: CELL,
  },
  allowedClasses: { code: [/^language-[\w-]+$/] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['https'] },
  allowProtocolRelative: false,
  transformTags: {
    a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow noopener noreferrer' }),
    th: withAlignment,
    td: withAlignment,
  },
  // What is inside these is no text for readers, and browsers parse it by rules of its own.
  nonTextTags: [
    ...['script', 'style', 'textarea', 'option', 'select', 'title', 'head', 'template', 'noscript', 'noembed'],
    ...['noframes', 'xmp', 'plaintext', 'iframe', 'object', 'svg', 'math'],
  ],
  nestingLimit: 50,
}

const withoutTags: sanitizeHtml.IOptions = { ...allowed, allowedTags: [], allowedAttributes: {}, transformTags: {} }

const markdown = new MarkdownIt({ html: true, linkify: true, maxNesting: 50 })
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })

/** Longest text that becomes HTML. */
export const maxReadmeBytes = 256 * 1024
const maxLineLength = 2000

/** HTML of a Markdown text. Slow for long texts, as the next one is: html-renderer.ts keeps them off the main thread. */
export function renderMarkdown(text: string): string {
  return text.length > maxReadmeBytes ? escapeHtml(text) : sanitizeHtml(markdown.render(text), allowed).trim()
}

/** Safe HTML of HTML. */
export function sanitizeHtmlText(text: string): string {
  return text.length > maxReadmeBytes ? escapeHtml(text) : sanitizeHtml(text, allowed)
}

/** A text for pages, such as a banner: JSON stays JSON, with every text in it made safe; anything else is one text. */
export function sanitizeEntry(text: string): string {
  if (text.length > maxReadmeBytes) return escapeHtml(text)
  const makeSafe = (value: unknown) =>
    typeof value === 'string' && hasTags(value) ? sanitizeHtml(value, allowed) : value
  try {
    return JSON.stringify(JSON.parse(text), (_name, value) => makeSafe(value))
  } catch {
    return String(makeSafe(text))
  }
}

/** A label or tagline as it was given, unless it holds tags; those are taken out. */
export function sanitizeLine(text: string): string {
  if (!hasTags(text)) return text
  return text.length > maxLineLength ? escapeHtml(text) : sanitizeHtml(text, withoutTags)
}

/** HTML knows a tag by what follows the bracket; `a < b` is text. */
export function hasTags(text: string): boolean {
  return /<[a-z/!?]/i.test(text)
}

/** Shown as it was written. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Markdown's columns come with a style, which is not on the list; the older attribute says the same. */
function withAlignment(tagName: string, { style = '', ...attribs }: sanitizeHtml.Attributes): sanitizeHtml.Tag {
  const align = /^text-align: ?(left|right|center)$/.exec(style)?.[1]
  return { tagName, attribs: align === undefined ? attribs : { ...attribs, align } }
}
