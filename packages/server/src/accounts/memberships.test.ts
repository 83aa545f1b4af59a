import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMemberships } from './memberships.ts'

const open = () => createMemberships((userId) => userId.toLowerCase())

describe('memberships', () => {
  it('are found from either side, with the last role that was given', () => {
    const members = open()
    members.put('lab', 'Ada', 'member')
    members.put('zoo', 'Ada', 'executor')
    members.put('lab', 'Bob', 'member')
    members.put('lab', 'Ada', 'owner')
    assert.deepEqual(members.organizationsOf('Ada'), ['lab', 'zoo'])
    assert.deepEqual([...members.rolesIn('lab')].sort(), [
      ['Ada', 'owner'],
      ['Bob', 'member'],
    ])
    assert.equal(members.roleOf('zoo', 'Ada'), 'executor')
    assert.equal(members.roleOf('zoo', 'Bob'), undefined)
  })

  it('come in the order of names, from any name on', () => {
    const members = open()
    for (const name of ['Eve', 'Ada', 'Cy', 'Bob']) members.put('lab', name, 'member')
    assert.deepEqual(members.inOrder('lab', '', 3), ['Ada', 'Bob', 'Cy'])
    assert.deepEqual(members.inOrder('lab', 'bob', 10), ['Cy', 'Eve'])
    assert.deepEqual(members.inOrder('lab', 'c', 1), ['Cy'])
    assert.deepEqual(members.inOrder('lab', 'eve', 10), [])
    assert.deepEqual(members.inOrder('zoo', '', 10), [])
  })

  it('stay in order when members come and go after somebody has asked', () => {
    const members = open()
    const names = Array.from({ length: 200 }, (_, index) => `u${String((index * 37) % 200).padStart(3, '0')}`)
    members.inOrder('lab', '', 1)
    for (const name of names) members.put('lab', name, 'member')
    for (const name of names.slice(0, 150)) members.remove('lab', name)
    members.remove('lab', 'nobody')
    assert.deepEqual(members.inOrder('lab', '', 1000), names.slice(150).sort())
  })

  it('end with the user, and with the organization', () => {
    const members = open()
    for (const name of ['Ada', 'Bob']) for (const lab of ['lab', 'zoo']) members.put(lab, name, 'owner')
    members.removeAll('Ada')
    assert.deepEqual([members.organizationsOf('Ada'), members.inOrder('lab', '', 9)], [[], ['Bob']])
    members.removeAll('lab')
    assert.deepEqual([members.organizationsOf('Bob'), members.inOrder('lab', '', 9)], [['zoo'], []])
    assert.equal(members.rolesIn('lab').size, 0)
  })
})
