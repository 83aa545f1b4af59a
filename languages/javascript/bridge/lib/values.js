'use strict'
// Conversion of call bodies to JavaScript values and of results to bodies (runtime.md 3.2, 3.9).

/** Value that `apply` receives: string, Buffer, or what the JSON text says. */
function decode(kind, body) {
  if (kind === 'b') return body
  const text = body.toString('utf8')
  return kind === 't' ? text : JSON.parse(text)
}

/** `[kind, body]` of a result; throws for what JSON cannot carry. */
function encode(result) {
  // Half a surrogate pair exists in JSON only.
  if (typeof result === 'string') return result.isWellFormed() ? ['t', result] : ['j', JSON.stringify(result)]
  if (result instanceof Uint8Array) return ['b', result]
  return ['j', encodeJson(result)]
}

function encodeJson(result) {
  try {
    return JSON.stringify(result) ?? 'null'
  } catch (cause) {
    throw Object.assign(new Error(), {
      toString: () => `Cannot json encode result of type: ${typeof result}`,
      stack: cause.stack,
    })
  }
}

module.exports = { decode, encode }
