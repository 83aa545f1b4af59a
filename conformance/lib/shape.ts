/** What replies look like: members in order (rest-api.md rule H15), identifiers and times (1.9, 1.10), errors (1.6). */
import assert from 'node:assert/strict'
import type { Json } from './curl.ts'
import type { WireReply } from './wire.ts'

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const ANY_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const SHA = /^[0-9a-f]{40}$/
export const REQUEST_ID = /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const TIME_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
export const TIME_WITHOUT_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/
export const TIME_MS_WITHOUT_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/

/** What clients generated from the original specification accept as `settings.language` (rest-api.md 2.1). */
export const ORIGINAL_LANGUAGES: readonly string[] = [
  ...['java', 'javascript', 'python2-langpack', 'python3-1', 'r', 'ruby', 'rust', 'scala'],
]

/** The members of an object and their order, as in `id name details?`; the ones with `?` may be missing. */
export function assertMembers(value: Json, members: string): void {
  const names = Object.keys(value)
  const expected = members
    .split(' ')
    .filter((member) => !member.endsWith('?') || names.includes(member.slice(0, -1)))
    .map((member) => member.replace('?', ''))
  assert.deepEqual(names, expected)
}

export interface ExpectedError {
  readonly status: number
  readonly code?: number
  readonly message?: string | RegExp
}

/** Form E2: nested, scalars only, no `id` at the top; management routes repeat code and message there. */
export function assertError(reply: WireReply, { status, code, message }: ExpectedError): Json {
  assert.equal(reply.status, status, reply.text)
  const body = reply.json()
  assert.deepEqual(
    Object.keys(body).filter((name) => !['error', 'code', 'message'].includes(name)),
    [],
  )
  assertMembers(body.error, 'id code? message')
  assert.match(body.error.id, UUID)
  assert.equal(typeof body.error.message, 'string')
  assert.notEqual(body.error.message, '')
  if (code !== undefined) assert.equal(body.error.code, code, reply.text)
  if (body.message !== undefined) assert.deepEqual([body.code, body.message], [body.error.code, body.error.message])
  if (typeof message === 'string') assert.equal(body.error.message, message)
  else if (message) assert.match(body.error.message, message)
  return body.error
}

/** Absent optional members are left out and never null (rest-api.md 2.1); text is text, flags are flags. */
export function assertAlgorithm(value: Json): Json {
  const ends = 'version_info? build? source? compilation? self_link? resource_type'
  assertMembers(value, `id name details settings ${ends}`)
  assert.match(value.id, UUID)
  assert.equal(value.resource_type, 'algorithm')
  assertMembers(value.details, 'label summary? tagline?')
  const settings = 'language? environment? package_set? algorithm_environment? license royalty_microcredits'
  assertMembers(
    value.settings,
    `algorithm_callability source_visibility ${settings} network_access pipeline_enabled insights_enabled`,
  )
  if ('language' in value.settings)
    assert.ok(ORIGINAL_LANGUAGES.includes(value.settings.language), 'of the original list')
  for (const flag of ['pipeline_enabled', 'insights_enabled']) assert.equal(typeof value.settings[flag], 'boolean')
  if (value.version_info) {
    const notes = 'release_notes? sample_input? sample_output? insights_enabled'
    assertMembers(value.version_info, `semantic_version? git_hash version_uuid? ${notes}`)
    assert.match(value.version_info.git_hash, SHA)
    if (value.version_info.version_uuid) assert.match(value.version_info.version_uuid, UUID)
  }
  if (value.build) assertBuild(value.build)
  if (value.source) assertMembers(value.source, 'scm')
  if (value.compilation) assertMembers(value.compilation, 'successful output')
  if (value.self_link)
    assert.match(value.self_link, /^https?:\/\/.+\/v1\/algorithms\/\w+\/\w+\/versions\/[0-9a-f]{40}$/)
  return value
}

export function assertBuild(value: Json): Json {
  assertMembers(
    value,
    'build_id status commit_sha started_at finished_at? version_info? registry_status? resource_type',
  )
  assert.match(value.build_id, UUID)
  assert.match(value.commit_sha, SHA)
  assert.match(value.started_at, TIME_WITH_ZONE)
  if (value.finished_at) assert.match(value.finished_at, TIME_WITH_ZONE)
  if (value.version_info) assertMembers(value.version_info, 'semantic_version')
  assert.ok(['in-progress', 'succeeded', 'failed'].includes(value.status))
  assert.equal(value.resource_type, 'algorithm_build')
  return value
}

/** The three members of every management list, always there (rest-api.md 1.8). */
export function assertPage(value: Json): Json[] {
  assertMembers(value, 'marker next_link results')
  assert.equal(value.marker === null, value.next_link === null)
  if (value.marker !== null) assert.match(value.marker, /^[A-Za-z0-9_-]+$/)
  return value.results
}
