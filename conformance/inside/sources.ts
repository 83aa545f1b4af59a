/**
 * Algorithms that do with data what their input says, by the official client of their language without a key. What is
 * refused comes back as `{"refused": reason}`.
 */

export interface DataAction {
  readonly do: 'put' | 'get' | 'exists' | 'delete' | 'create' | 'list' | 'call'
  /** Of a file, or of a directory for `create` and `list`. */
  readonly uri?: string
  readonly text?: string
  /** For `call`: another of these algorithms and what it is to do, after a `put` here when there is a `uri`. */
  readonly algorithm?: string
  readonly input?: DataAction
}

export const PYTHON_SOURCE = `import Algorithmia

client = Algorithmia.client()


def call(input):
    if "uri" in input:
        client.file(input["uri"]).put(input["text"])
    return client.algo(input["algorithm"]).pipe(input["input"]).result


def create(input):
    client.dir(input["uri"]).create()
    return True


def put(input):
    client.file(input["uri"]).put(input["text"])
    return True


ACTIONS = {
    "put": put,
    "create": create,
    "call": call,
    "get": lambda input: client.file(input["uri"]).getString(),
    "exists": lambda input: client.file(input["uri"]).exists(),
    "delete": lambda input: client.file(input["uri"]).delete(),
    # Entries of the root have no name for getName().
    "list": lambda input: [each.path.split("/")[-1] for each in client.dir(input["uri"]).list()],
}


def apply(input):
    try:
        return ACTIONS[input["do"]](input)
    except Exception as error:
        return {"refused": str(error)}
`

export const NODE_SOURCE = `const algorithmia = require('algorithmia')

const client = algorithmia.client()
const refused = (body) => ({ refused: body.error.message })
const settled = (cb) => (body, status) => cb(null, status === 200 ? true : refused(body))

const ACTIONS = {
  put: ({ uri, text }, cb) => client.file(uri).putString(text, settled(cb)),
  create: ({ uri }, cb) => client.dir(uri).create(settled(cb)),
  delete: ({ uri }, cb) => client.file(uri).delete(settled(cb)),
  get: ({ uri }, cb) => client.file(uri).getString((body, status) => cb(null, status === 200 ? body : refused(body))),
  exists: ({ uri }, cb) => client.file(uri).exists((isThere) => cb(null, isThere)),
  list: ({ uri }, cb) => {
    const names = []
    client.dir(uri).forEach((error, item) => names.push(item.basename())).then(() => cb(null, names))
  },
  call: ({ uri, text, algorithm, input }, cb) => {
    const pipe = () => client.algo(algorithm).pipe(input).then((reply) => cb(null, reply.get()))
    if (uri) client.file(uri).putString(text, pipe)
    else pipe()
  },
}

exports.apply = (input, cb) => ACTIONS[input.do](input, cb)
`

/** Exact versions, so that these are the packages themselves and not what stands in for them. */
export const PYTHON_REQUIREMENTS = 'algorithmia==2.0.5\n'
export const NODE_PACKAGE = JSON.stringify({ dependencies: { algorithmia: '0.3.10' } })
