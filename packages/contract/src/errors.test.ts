import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ERROR_PAGE, errorPage } from '../scripts/error-page.ts'
import { ApiError, ERRORS, type ErrorEntry, isErrorName, NUMBERED_ERRORS, ROUTE_ERRORS } from './errors.ts'

const numbered: [string, ErrorEntry][] = Object.entries(NUMBERED_ERRORS)

test('there are 104 numbered errors, each code once and in order', () => {
  const codes = numbered.map(([, entry]) => entry.code ?? 0)
  assert.equal(codes.length, 104)
  assert.equal(new Set(codes).size, 104)
  assert.deepEqual(
    codes,
    codes.toSorted((a, b) => a - b),
  )
})

test('every error has a message on one line, an error status and the fault that its status implies', () => {
  for (const [name, entry] of Object.entries(ERRORS)) {
    assert.match(entry.message, /^[\x20-\x7e]+$/, name)
    assert.ok(entry.status >= 400 && entry.status < 600, name)
    // 501 is the one status above 499 that the request itself asks for.
    assert.equal(entry.fault, entry.status >= 500 && entry.status !== 501 ? 'system' : 'user', name)
  }
})

test('the messages that clients compare are exact', () => {
  assert.equal(ERRORS.AlgorithmNameDoesNotExist.message, 'No such algorithm')
  assert.equal(ERRORS.AlgorithmIdDoesNotExist.message, 'No such algorithm')
  assert.equal(ERRORS.NotAuthorized.message, 'Caller is not authorized to perform the operation')
  assert.equal(ERRORS.AuthorizationRequired.message, 'authorization required')
  assert.equal(ERRORS.DataNotFound.message, 'path not found')
})

test('docs/errors.md lists each error and no other', () => {
  const page = readFileSync(ERROR_PAGE, 'utf8')
  const listed = [...page.matchAll(/^\| [^|]+ \| (\w+) \| \d+ \|/gm)].map((row) => row[1])
  assert.deepEqual(listed, [...Object.keys(NUMBERED_ERRORS), ...Object.keys(ROUTE_ERRORS)])
  assert.equal(page, errorPage(), 'run node packages/contract/scripts/error-page.ts')
})

test('`ApiError` takes code, status and message from the table and lets the thrower say more', () => {
  const plain = new ApiError('InvalidLimit')
  assert.deepEqual([plain.code, plain.status, plain.message], [5003, 400, ERRORS.InvalidLimit.message])
  const cause = new Error('disk')
  const full = new ApiError('ServiceUnavailable', 'Try later', { cause, headers: { 'Retry-After': '1' } })
  assert.deepEqual(
    [full.error, full.code, full.status, full.message],
    ['ServiceUnavailable', undefined, 503, 'Try later'],
  )
  assert.equal(full.cause, cause)
  assert.deepEqual(full.headers, { 'Retry-After': '1' })
  assert.equal(new ApiError('InvalidRequest', '').message, ERRORS.InvalidRequest.message)
})

test('`isErrorName()` knows the table and nothing else', () => {
  assert.ok(isErrorName('NotAuthorized') && isErrorName('MethodNotAllowed'))
  assert.ok(!isErrorName('toString') && !isErrorName('Nope'))
})
