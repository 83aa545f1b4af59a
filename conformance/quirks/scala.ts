/** The Scala library (rest-api.md 6.2, scala). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import { jsonOf } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function scalaQuirks(world: AskWorld): void {
  test('scala: input is always JSON, options are never sent, a result has result', async () => {
    const { bare, call } = world()
    for (const input of ['x', null, [1], { a: 1 }]) {
      const reply = jsonOf(await bare(`POST ${call}`, { json: input }))
      assert.deepEqual(reply.result, input)
    }
  })

  test('scala: an organization has the texts that its reader needs, as they were sent', async () => {
    const { admin } = world()
    const sent = {
      org_name: uniqueName('org'),
      org_label: 'x',
      org_contact_name: 'some owner',
      org_email: 'x@y.example',
      org_url: 'https://x.example',
      external_id: 'e',
      external_admin_group: 'a',
      external_member_group: 'm',
      type_id: 'basic',
      resource_type: 'organization',
      self_link: 'x',
    }
    const org = jsonOf(await admin('POST /v1/organizations', { json: sent }))
    const read = ['org_url', 'external_id', 'external_admin_group', 'external_member_group', 'self_link', 'type_id']
    for (const name of read) assert.equal(typeof org[name], 'string')
    assert.deepEqual(jsonOf(await admin(`GET /v1/organizations/${org.org_name}`)), org)
  })

  test('scala: a user has username, email, fullname, resource_type and self_link as texts', async () => {
    const { admin } = world()
    const username = uniqueName('user')
    const sent = { username, email: `${username}@x.example`, fullname: 'x', resource_type: 'user', self_link: '' }
    const user = jsonOf(await admin('POST /v1/users', { json: sent }))
    for (const name of ['username', 'email', 'fullname', 'resource_type', 'self_link']) {
      assert.equal(typeof user[name], 'string')
    }
  })
}
