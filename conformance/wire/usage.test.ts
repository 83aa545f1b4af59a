/** Usage and governance reports (rest-api.md 3.10, rows 10 to 13; platform.md 5.2 and 5.3), and cost rates. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { createPerson, type Person } from '../lib/person.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers } from '../lib/shape.ts'
import { until } from '../lib/until.ts'
import { assertEmpty, jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('reportUsage', 'reportAlgorithmUsage', 'reportUserUsage', 'reportExactUsage', 'listLegacyAlgorithms')
covers('reportClusterGovernance', 'reportOrganizationGovernance', 'reportAccountGovernance')
covers('reportAlgorithmGovernance', 'getCostRates', 'setCostRates')

let target: Target
let probe: Probe
/** Of an organization with the owner `boss` and the member `member`. */
let acme: {
  readonly name: string
  readonly key: string
  readonly algorithm: string
  readonly boss: Person
  readonly member: Person
}
before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  acme = await installOrganization()
  await callAll()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)
const today = new Date().toISOString().slice(0, 10)
// Both days, should midnight pass meanwhile.
const RANGE = `start_date=${today}&end_date=${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}`

async function installOrganization() {
  const name = uniqueName('org')
  const org = { org_name: name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
  jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
  const [boss, member] = [await createPerson(target), await createPerson(target)]
  for (const { username } of [boss, member]) await asAdmin(`PUT /v1/organizations/${name}/members/${username}`)
  const role = `PUT /v1/organizations/${name}/members/${boss.username}/role`
  assert.ok((await asAdmin(role, { json: { role: 'owner' } })).status < 300)
  const keys = `POST /v1/organizations/${name}/keys`
  const { api_key: key } = jsonOf(await asAdmin(keys, { json: { key_label: 'all', permissions: FULL_RIGHTS } }))
  const { shop } = await createAlgorithm(target, { username: name, key }, { name: 'Team', language: 'javascript' })
  await pushGreen(shop, { 'src/Team.js': 'exports.apply = (input) => input\n' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return { name, key, algorithm: shop.name, boss, member }
}

const call = (key: string, path: string, json: unknown) => send(target.url, `POST /v1/algo/${path}`, { key, json })

/** The stranger calls the probe three times, one of them fails; the member calls the team's algorithm twice. */
async function callAll(): Promise<void> {
  const path = `${probe.owner.username}/Probe`
  for (const input of [1, { do: 'sleep', seconds: 1.1 }, { do: 'fail' }]) {
    jsonOf(await call(probe.stranger.key, path, input))
  }
  const key = await createKey(target, acme.member.username, FULL_RIGHTS)
  for (const input of [1, 2]) jsonOf(await call(key, `${acme.name}/${acme.algorithm}`, input))
  await until('usage', async () => (await totalsOf(probe.stranger.username)) === 3)
  await until('usage', async () => (await totalsOf(acme.member.username)) === 2)
}

async function totalsOf(user: string): Promise<number> {
  const { results } = jsonOf(await asAdmin(`GET /v1/admin/usage/users?${RANGE}&page_size=5&user=${user}`))
  return Number(results[0]?.total_calls ?? 0)
}

/** A table arrives in chunks. */
async function csvOf(path: string, headers: Record<string, string> = {}): Promise<string> {
  const reply = await fetch(`${target.url}${path}`, { headers: { Authorization: target.adminKey, ...headers } })
  assert.deepEqual([reply.status, reply.headers.get('Content-Type')], [200, 'text/csv; charset=utf-8'])
  return reply.text()
}

describe('usage reports', () => {
  const of = (user: string) => `${RANGE}&page_size=10&user=${user}`

  test('reportUsage has a row for each caller and version, calls as text, durations in whole seconds per call', async () => {
    const { results, ...rest } = jsonOf(await asAdmin(`GET /v1/admin/usage?${of(probe.stranger.username)}`))
    assert.deepEqual(rest, {})
    assert.deepEqual(results, [
      {
        algorithm_called: 'Probe',
        caller: probe.stranger.username,
        algorithm_version: '0.1.0',
        algorithm_owner: probe.owner.username,
        total_calls: '3',
        total_errors: 1,
        total_error_duration: 1,
        total_duration: 4,
        machine_type: 'cpu',
      },
    ])
  })

  test('reportAlgorithmUsage and reportUserUsage add the same calls up', async () => {
    const query = of(probe.stranger.username)
    const totals = { total_calls: '3', total_errors: 1, total_error_duration: 1, total_duration: 4 }
    const algorithm = { algorithm_called: 'Probe', algorithm_version: '0.1.0', algorithm_owner: probe.owner.username }
    const byAlgorithm = jsonOf(await asAdmin(`GET /v1/admin/usage/algorithms?${query}`))
    assert.deepEqual(byAlgorithm.results, [{ ...algorithm, ...totals, machine_type: 'cpu' }])
    const byUser = jsonOf(await asAdmin(`GET /v1/admin/usage/users?${query}`))
    assert.deepEqual(byUser.results, [{ caller: probe.stranger.username, ...totals }])
    const all = jsonOf(await asAdmin(`GET /v1/admin/usage/algorithms?${RANGE}&page_size=1000`)).results
    assert.ok(all.some((row: Json) => row.algorithm_owner === probe.owner.username && row.total_calls === '3'))
  })

  test('reportExactUsage rounds nothing', async () => {
    const { results } = jsonOf(await asAdmin(`GET /v1/admin/usage/exact?${of(probe.stranger.username)}`))
    const [row, ...others] = results
    assert.deepEqual(others, [])
    const times = 'wait_microseconds start_microseconds run_microseconds error_run_microseconds cpu_microseconds'
    assertMembers(
      row,
      'algorithm_called algorithm_id caller algorithm_version algorithm_owner total_calls total_errors ' +
        `${times} peak_memory_bytes input_bytes answer_bytes machine_type`,
    )
    assert.ok(row.run_microseconds > 1_100_000 && row.run_microseconds < 4_000_000, `${row.run_microseconds}`)
    assert.ok(row.start_microseconds > 0)
    assert.equal(row.input_bytes, '1'.length + '{"do":"sleep","seconds":1.1}'.length + '{"do":"fail"}'.length)
    assert.equal(row.answer_bytes, '1'.length + 'slept'.length)
  })

  test('user may be repeated; a name that nobody has finds nothing', async () => {
    const users = [probe.stranger.username.toUpperCase(), acme.member.username]
    const query = users.map((name) => `user=${name}`).join('&')
    const { results } = jsonOf(await asAdmin(`GET /v1/admin/usage?${RANGE}&page_size=10&${query}`))
    assert.deepEqual(results.map((row: Json) => row.total_calls).sort(), ['2', '3'])
    assert.deepEqual(jsonOf(await asAdmin(`GET /v1/admin/usage?${of('nobody_here')}`)), { results: [] })
  })

  test('pages go on at their marker until none is left', async () => {
    const whole = jsonOf(await asAdmin(`GET /v1/admin/usage/users?${RANGE}&page_size=1000`)).results
    const single: Json[] = []
    let marker = ''
    do {
      const page = jsonOf(await asAdmin(`GET /v1/admin/usage/users?${RANGE}&page_size=1&marker=${marker}`))
      single.push(...page.results)
      marker = page.next_marker ?? ''
    } while (marker !== '' && single.length < 100)
    assert.deepEqual(single, whole)
  })

  test('what is missing or wrong has its number', async () => {
    const lines: readonly (readonly [string, number])[] = [
      ['page_size=10', 4010],
      ['page_size=10&start_date=2021-03-22', 4010],
      ['page_size=10&start_date=x&end_date=y', 4010],
      [RANGE, 5003],
      [`${RANGE}&page_size=0`, 5003],
      [`${RANGE}&page_size=1001`, 5003],
      [`${RANGE}&page_size=10&marker=nonsense`, 5002],
      [`${RANGE}&page_size=10&marker=${Buffer.from('{"name":"x"}').toString('base64url')}`, 5002],
    ]
    for (const report of ['usage', 'usage/algorithms', 'usage/users', 'usage/exact']) {
      for (const [query, code] of lines) {
        assertError(await asAdmin(`GET /v1/admin/${report}?${query}`), { status: 400, code })
      }
      assertError(await send(target.url, `GET /v1/admin/${report}`, { key: target.key }), { status: 403, code: 2001 })
    }
  })

  test('CSV is all rows as a table, by parameter or header', async () => {
    const byHeader = await csvOf(`/v1/admin/usage?${RANGE}&user=${probe.stranger.username}`, { Accept: 'text/csv' })
    const heading = 'Algorithm,Version hash,Caller,Owner,Total calls,Total duration (s),Total errors,Error duration (s)'
    const line = `Probe,0.1.0,${probe.stranger.username},${probe.owner.username},3,4,1,1,cpu`
    assert.equal(byHeader, `${heading},Hardware\r\n${line}\r\n`)
    const byParameter = await csvOf(`/v1/admin/usage/users?${RANGE}&format=csv`)
    assert.match(byParameter, new RegExp(`^${probe.stranger.username},3,4,1,1\r$`, 'm'))
    assertError(await asAdmin('GET /v1/admin/usage?format=csv'), { status: 400, code: 4010 })
  })

  test('what is deleted keeps its name', async () => {
    const owner = await createAccount(target, 'gone')
    const { shop } = await createAlgorithm(target, owner, { name: 'Gone', language: 'javascript' })
    const sha = await pushGreen(shop, { 'src/Gone.js': 'exports.apply = (input) => input\n' })
    jsonOf(await call(owner.key, `${owner.username}/Gone/${sha}`, 1))
    await until('usage', async () => (await totalsOf(owner.username)) === 1)
    assertEmpty(await send(target.url, `DELETE /v1/algorithms/${owner.username}/Gone`, { key: owner.key }), 204)
    assertEmpty(await asAdmin(`DELETE /v1/users/${owner.username}`), 204)
    const { results } = jsonOf(await asAdmin(`GET /v1/admin/usage?${of(owner.username)}`))
    const [{ algorithm_called, algorithm_owner, algorithm_version, caller }] = results
    assert.deepEqual(
      [algorithm_called, algorithm_owner, algorithm_version, caller],
      ['Gone', owner.username, sha, owner.username],
    )
  })

  test('listLegacyAlgorithms lists those that name a package set', async () => {
    const name = uniqueName('Old')
    const json = { name, details: { label: name }, settings: { package_set: 'python38', license: 'apl' } }
    const made = await send(target.url, `POST /v1/algorithms/${probe.owner.username}`, { key: probe.owner.key, json })
    assert.equal(made.status, 201, made.text)
    const { results } = jsonOf(await asAdmin('GET /v1/admin/legacy-algorithms'))
    const row = results.find((each: Json) => each.algoname === name)
    assertMembers(row, 'id username algoname language createdAt lastCompiledAt?')
    assert.ok(Number.isSafeInteger(row.id))
    assert.deepEqual([row.username, row.language], [probe.owner.username, 'python3'])
    assert.ok(!results.some((each: Json) => each.algoname === 'Probe'), 'and no others')
  })
})

describe('governance reports', () => {
  test('of the server count algorithms of organizations, and those of persons where they are asked for', async () => {
    const shown = jsonOf(await asAdmin('GET /v1/admin/governance?page_size=1000'))
    assertMembers(shown, 'first_day last_day days group_by totals averages_per_day series results')
    assert.deepEqual([shown.days, shown.series.length, shown.group_by], [7, 7, 'algorithm'])
    const named = (report: Json, name: string) => report.results.find((line: Json) => line.name === name)
    const team = `${acme.name}/${acme.algorithm}`
    assert.equal(named(shown, team).calls, 2)
    assert.equal(named(shown, `${probe.owner.username}/Probe`), undefined)
    const all = jsonOf(await asAdmin('GET /v1/admin/governance?page_size=1000&include_personal=true'))
    assert.equal(named(all, `${probe.owner.username}/Probe`).errors, 1)
    const sum = (report: Json, of: string) => report[of].reduce((total: number, { calls }: Json) => total + calls, 0)
    assert.deepEqual([sum(all, 'series'), sum(all, 'results')], [all.totals.calls, all.totals.calls])
    assert.equal(all.averages_per_day.calls, Math.round((all.totals.calls / 7) * 10_000) / 10_000)
    assert.deepEqual([all.totals.gpu_usage_seconds, all.totals.gpu_peak_memory_bytes], [0, 0])
  })

  test('are grouped as asked, and pages go on at their marker', async () => {
    const by = async (group: string) =>
      jsonOf(await asAdmin(`GET /v1/admin/governance?group_by=${group}&page_size=1000`))
    const organization = (await by('organization')).results.find(({ name }: Json) => name === acme.name)
    assert.deepEqual(
      [organization.calls, organization.algorithm_count, organization.member_count],
      // Whoever made the organization is in it.
      [2, 1, 3],
    )
    const users = await by('user')
    assert.equal(users.results.find(({ name }: Json) => name === acme.member.username).calls, 2)
    const names: string[] = []
    let marker = ''
    do {
      const query = `group_by=user&include_personal=true&page_size=1&marker=${marker}`
      const page = jsonOf(await asAdmin(`GET /v1/admin/governance?${query}`))
      names.push(...page.results.map(({ name }: Json) => name))
      marker = page.next_marker ?? ''
    } while (marker !== '' && names.length < 100)
    assert.ok(names.includes(probe.stranger.username) && names.includes(acme.member.username), names.join())
    assert.equal(new Set(names).size, names.length)
  })

  test('are sorted by a figure, and pages of that go on at their marker', async () => {
    const line = 'GET /v1/admin/governance?group_by=user&include_personal=true'
    const order = (report: Json) => report.results.map(({ name, calls }: Json) => [name, calls])
    const whole = order(jsonOf(await asAdmin(`${line}&sort_by=calls&page_size=1000`)))
    const calls = whole.map(([, each]: [string, number]) => each)
    assert.deepEqual(
      calls,
      calls.toSorted((a: number, b: number) => b - a),
    )
    assert.ok(calls.length >= 2 && calls[0] >= 3, calls.join())
    const paged: Json[] = []
    let marker = ''
    do {
      const page = jsonOf(await asAdmin(`${line}&sort_by=calls&page_size=1&marker=${marker}`))
      paged.push(...order(page))
      marker = page.next_marker ?? ''
    } while (marker !== '' && paged.length < 100)
    assert.deepEqual(paged, whole)
    const names = jsonOf(await asAdmin(`${line}&sort_by=name&order=desc&page_size=1000`)).results
    assert.deepEqual(
      names.map(({ name }: Json) => name.toLowerCase()),
      whole
        .map(([name]: [string]) => name.toLowerCase())
        .sort()
        .reverse(),
    )
    const table = await csvOf(`${line.slice(4)}&sort_by=calls&order=asc&format=csv`)
    const cells = table.trimEnd().split('\r\n').slice(1)
    assert.deepEqual(
      cells.map((row) => Number(row.split(',')[1])),
      calls.toReversed(),
    )
    const { next_marker } = jsonOf(await asAdmin(`${line}&sort_by=calls&page_size=1`))
    for (const query of ['sort_by=luck', 'sort_by=calls&order=up', 'order=asc']) {
      assertError(await asAdmin(`${line}&${query}`), { status: 400, code: 6001 })
    }
    for (const query of ['sort_by=calls&order=asc', 'sort_by=errors', 'sort_by=name', '']) {
      assertError(await asAdmin(`${line}&${query}&marker=${next_marker}`), { status: 400, code: 5002 })
    }
  })

  test('of an organization are for its owners who signed in', async () => {
    const line = `GET /v1/organizations/${acme.name}/governance`
    const byUser = jsonOf(await acme.boss.send(`${line}?group_by=user`))
    assert.deepEqual(
      byUser.results.map(({ name, calls }: Json) => [name, calls]),
      [[acme.member.username, 2]],
    )
    assert.equal(byUser.totals.calls, 2)
    assertError(await acme.member.send(line), { status: 403, code: 2001 })
    assertError(await acme.boss.send(`${line}?group_by=organization`), { status: 400, code: 6001 })
  })

  test('of an account are for itself and, for their own algorithms, for owners of its organizations', async () => {
    const key = await createKey(target, acme.member.username, FULL_RIGHTS)
    jsonOf(await call(key, `${probe.owner.username}/Probe`, 1))
    await until('usage', async () => (await totalsOf(acme.member.username)) === 3)
    const line = `GET /v1/users/${acme.member.username}/governance`
    const names = async (person: Person, query = '') =>
      jsonOf(await person.send(`${line}?${query}`)).results.map(({ name, calls }: Json) => [name, calls])
    const team = [`${acme.name}/${acme.algorithm}`, 2]
    assert.deepEqual(await names(acme.member), [team])
    assert.equal((await names(acme.member, 'include_personal=true')).length, 2)
    assert.deepEqual(await names(acme.boss, 'include_personal=true'), [team], 'the boss learns of nothing else')
    assert.deepEqual(await names(acme.member, 'group_by=organization'), [[acme.name, 2]])
    assertError(await (await createPerson(target)).send(line), { status: 403, code: 2001 })
    assertError(await acme.boss.send(`GET /v1/users/${probe.stranger.username}/governance`), { status: 403 })
  })

  test('of an algorithm are for its owner; its callers count for their organizations', async () => {
    const line = `GET /v1/algorithms/${acme.name}/${acme.algorithm}/governance`
    const byOrganization = jsonOf(await acme.boss.send(`${line}?group_by=organization`))
    assert.deepEqual(
      byOrganization.results.map(({ name, calls }: Json) => [name, calls]),
      [[acme.name, 2]],
    )
    const byUser = jsonOf(await acme.boss.send(line))
    assert.deepEqual(
      byUser.results.map(({ name, calls }: Json) => [name, calls]),
      [[acme.member.username, 2]],
    )
    assertError(await send(target.url, line, { key: probe.stranger.key }), { status: 403, code: 2001 })
  })

  test('cost what the rates say: nothing until one is set', async () => {
    const line = 'GET /v1/admin/governance?page_size=1000'
    const free = { cpu_per_second: 0, gpu_per_second: 0, hosted_data_per_gib_month: 0, connector_data_per_gib: 0 }
    assert.deepEqual(jsonOf(await asAdmin('GET /v1/admin/cost-rates')), free)
    assert.equal(jsonOf(await asAdmin(line)).totals.cost, 0)
    const set = await asAdmin('PUT /v1/admin/cost-rates', { json: { cpu_per_second: 12.3456 } })
    assert.deepEqual(jsonOf(set), { ...free, cpu_per_second: 12.3456 })
    const { totals } = jsonOf(await asAdmin(line))
    assert.ok(Math.abs(totals.cost - totals.cpu_usage_seconds * 12.3456) < 0.01, JSON.stringify(totals))
    assert.ok(totals.cost > 0)
    for (const cpu_per_second of [0.00001, -1, 1e9]) {
      const wrong = await asAdmin('PUT /v1/admin/cost-rates', { json: { cpu_per_second } })
      assertError(wrong, { status: 400, code: 6001 })
    }
    jsonOf(await asAdmin('PUT /v1/admin/cost-rates', { json: { cpu_per_second: 0 } }))
  })

  test('CSV has all lines', async () => {
    const text = await csvOf('/v1/admin/governance?format=csv&include_personal=true')
    const [heading, ...lines] = text.split('\r\n')
    assert.equal(heading?.split(',').slice(0, 3).join(), 'Name,Calls,Errors')
    assert.ok(
      lines.some((line) => line.startsWith(`${acme.name}/${acme.algorithm},2,0,`)),
      text,
    )
  })

  test('a range of more than a year, or none that can be read, is refused', async () => {
    const refused = (query: string) => asAdmin(`GET /v1/admin/governance?${query}`)
    assertError(await refused('start_date=2020-01-01&end_date=2021-12-31'), { status: 400, code: 6001 })
    assertError(await refused('start_date=2020-01-01'), { status: 400, code: 4010 })
    assertError(await refused('page_size=x'), { status: 400, code: 5003 })
    assertError(await refused('marker=x'), { status: 400, code: 5002 })
  })

  test('tell what an account has only to who belongs to it, and to administrators', async () => {
    const { name, key, algorithm, member, boss } = acme
    jsonOf(await send(target.url, `POST /v1/data/${name}`, { key, json: { name: 'box' } }))
    await send(target.url, `PUT /v1/data/${name}/box/file`, { key, body: 'x'.repeat(1000) })
    jsonOf(await call(probe.stranger.key, `${name}/${algorithm}`, 1))
    await until('usage', async () => (await totalsOf(probe.stranger.username)) === 4)
    const has = ({ hosted_data_bytes, algorithm_count, member_count }: Json) => [
      hosted_data_bytes,
      algorithm_count,
      member_count,
    ]
    const ofOrganization = (report: Json) => has(report.results.find((line: Json) => line.name === name))
    const line = (user: string) => `GET /v1/users/${user}/governance?group_by=organization`
    const stranger = jsonOf(await send(target.url, line(probe.stranger.username), { key: probe.stranger.key }))
    assert.deepEqual(ofOrganization(stranger), [0, undefined, undefined])
    assert.deepEqual(ofOrganization(jsonOf(await member.send(line(member.username)))), [1000, 1, 3])
    assert.deepEqual(
      ofOrganization(jsonOf(await asAdmin('GET /v1/admin/governance?group_by=organization'))),
      [1000, 1, 3],
    )
    const byUser = jsonOf(await boss.send(`GET /v1/organizations/${name}/governance?group_by=user`))
    assert.deepEqual(
      byUser.results.map(has),
      byUser.results.map(() => [0, undefined, undefined]),
    )
    assert.equal(byUser.totals.hosted_data_bytes, 1000)
  })
})
