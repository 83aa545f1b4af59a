// Run with: npm test
const assert = require('node:assert')
const test = require('node:test')
const { apply } = require('../src/__ALGO__.js')

test('greets by name', (_t, done) => {
  apply('Jane', (error, result) => {
    assert.ifError(error)
    assert.strictEqual(result, 'Hello Jane')
    done()
  })
})
