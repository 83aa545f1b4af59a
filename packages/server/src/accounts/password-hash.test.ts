import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, isPassword } from './password-hash.ts'

test('isPassword() knows the password and no other', async () => {
  const hash = await hashPassword('correct horse')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await isPassword('correct horse', hash), true)
  for (const wrong of ['', 'correct hors', 'Correct horse', 'correct horse ']) {
    assert.equal(await isPassword(wrong, hash), false)
  }
})

test('hashPassword() salts', async () => {
  assert.notEqual(await hashPassword('same'), await hashPassword('same'))
})

test('isPassword() reads hashes of other costs, as the reference program prints them', async () => {
  // echo -n password | argon2 somesalt -id -v 13 -m 16 -t 2 -p 1 (test vector of the reference implementation)
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await isPassword('password', reference), true)
  assert.equal(await isPassword('passwords', reference), false)
})

test('isPassword() throws on what is no hash', async () => {
  await assert.rejects(isPassword('x', 'plain'), /not in argon2id form/)
})
