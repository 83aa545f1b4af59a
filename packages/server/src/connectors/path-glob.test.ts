import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isWithinGlob, problemOfGlob } from './path-glob.ts'

describe('isWithinGlob()', () => {
  const cases: readonly (readonly [glob: string, inside: readonly string[], outside: readonly string[]])[] = [
    ['*', ['', 'b', 'b/dir/file', 'b/dir\\x'], []],
    ['b/dir/*', ['b/dir', 'b/dir/file', 'b/dir/sub/file', 'b/dir/.hidden'], ['', 'b', 'b/dir2', 'b/dir2/x', 'b/di']],
    ['b/dir/file', ['b/dir/file'], ['', 'b/dir', 'b/dir/file2', 'b/dir/file/x', 'B/DIR/FILE']],
    ['b/dir*', ['b/dir', 'b/dir/x', 'b/dir2', 'b/dir2/x'], ['b', 'b/di', 'a/b/dir']],
  ]
  for (const [glob, inside, outside] of cases) {
    test(`${glob} is for ${inside.join(' ')}, not for ${outside.join(' ')}`, () => {
      for (const path of inside) assert.ok(isWithinGlob(glob, path), path)
      for (const path of outside) assert.ok(!isWithinGlob(glob, path), path)
    })
  }

  test('a path that could lead out of the folder is outside', () => {
    for (const path of ['b/dir/../x', 'b/dir/..', 'b/dir/./x', 'b/dir/..\\..\\x', 'b/dir/x\\..']) {
      assert.ok(!isWithinGlob('b/dir/*', path), path)
    }
    assert.ok(isWithinGlob('b/dir/*', 'b/dir/..x/x..'))
  })
})

test('problemOfGlob() lets patterns through and says of others what was expected', () => {
  for (const glob of ['*', 'dir/*', 'dir/file', 'dir*', 'a b/ü/+']) assert.equal(problemOfGlob(glob), undefined, glob)
  for (const glob of ['*/x', '**', 'a*b', '/dir', 'dir/', '/', 'a\0']) assert.ok(problemOfGlob(glob), glob)
})
