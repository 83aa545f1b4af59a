/**
 * Headers of replies that carry what authors and callers made: results of calls, files, pictures (design.md 7). Opened
 * in a browser they would otherwise run as pages of this server. `nosniff` is on every reply (canonical-response.ts).
 */

/** Types that a browser shows without running anything. SVG is none of them: it is a document with scripts. */
const SHOWN = ['application/json', 'text/plain']

const known = new Map<string, { readonly [name: string]: string }>()
const MOST_KNOWN = 1000

/** `Content-Type` and what belongs to it: no scripts or forms of its own, and anything that is not shown is downloaded. */
export function untrustedContentHeaders(contentType: string): { readonly [name: string]: string } {
  let headers = known.get(contentType)
  if (headers === undefined) {
    headers = headersOf(contentType)
    if (known.size < MOST_KNOWN) known.set(contentType, headers)
  }
  return headers
}

function headersOf(contentType: string): { readonly [name: string]: string } {
  const [type = ''] = contentType.toLowerCase().split(';')
  return {
    'Content-Type': contentType,
    'Content-Security-Policy': 'sandbox',
    ...(SHOWN.includes(type.trim()) ? {} : { 'Content-Disposition': 'attachment' }),
  }
}
