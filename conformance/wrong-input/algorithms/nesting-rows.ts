/** An algorithm that calls itself without end: the limit of one session stops it (runtime.md 7, row R). */

import type { Row } from '../lib/rows.ts'
import type { Rogue } from './rogues.ts'

/** Python code that calls its own commit with itself as the input, and passes on what it gets. */
const callingItself = (path: string): string => `
import os, urllib.request, urllib.error
url = os.environ["ALGORITHMIA_API"] + "${path}?output=raw"
request = urllib.request.Request(url, SELF.encode(), {"Content-Type": "text/plain"})
try:
    result = urllib.request.urlopen(request).read().decode()
except urllib.error.HTTPError as error:
    result = "%d %s" % (error.code, error.read().decode())
`

export function nestingRows(rogue: () => Rogue): Row[] {
  return [
    {
      name: 'Python that calls itself without end',
      sent: 'a call of the running commit by itself',
      expected: { status: 200, message: /^\{"result":"429 .*(?:nested 24 deep|child calls of one session)/ },
      withinMs: 20_000,
      send: () => rogue().run(callingItself(rogue().path)),
    },
  ]
}
