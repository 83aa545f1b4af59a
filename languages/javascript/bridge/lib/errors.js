'use strict'
// What author code throws or hands to its callback, as the error JSON of the protocol (runtime.md 3.9).

/**
 * Error JSON. A thrown object may carry `error_type` and `stacktrace` (both text); they stand in for the default type
 * and for its stack.
 */
function describe(error, defaultType = 'AlgorithmError') {
  return JSON.stringify({
    message: textOf(error),
    stacktrace: textMember(error, 'stacktrace') ?? textMember(error, 'stack') ?? '[None]',
    error_type: textMember(error, 'error_type') ?? defaultType,
  })
}

function textOf(error) {
  try {
    return String(error) || 'unknown error'
  } catch {
    return 'unknown error' // no usable toString
  }
}

function textMember(error, name) {
  try {
    const value = error?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  } catch {
    return undefined // a getter of author code
  }
}

module.exports = { describe }
