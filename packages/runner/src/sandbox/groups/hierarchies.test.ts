import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHierarchies } from './hierarchies.ts'

const UNIFIED = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
const HYBRID = [
  '31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '36 31 0:33 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
].join('\n')

test('on a host of version 2 alone the own group is the one below the mount', () => {
  const { version1, version2 } = parseHierarchies('0::/system.slice/algorist.service\n', UNIFIED)
  assert.equal(version2, '/sys/fs/cgroup/system.slice/algorist.service')
  assert.equal(version1.size, 0)
})

test('controllers of version 1 may be mounted together, in part, and beside version 2', () => {
  const own = '5:memory:/docker/abc/x\n4:cpu,cpuacct:/a\n3:pids:/\n1:name=systemd:/s\n0::/u\n'
  const { version1, version2 } = parseHierarchies(own, HYBRID)
  assert.deepEqual(Object.fromEntries(version1), {
    memory: '/sys/fs/cgroup/memory/x',
    cpu: '/sys/fs/cgroup/cpu,cpuacct/a',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct/a',
    'name=systemd': '/sys/fs/cgroup/systemd/s',
  })
  assert.equal(version2, '/sys/fs/cgroup/unified/u')
})

test('a group outside of what is mounted cannot be used', () => {
  const { version1, version2 } = parseHierarchies('5:memory:/elsewhere\n0::/../up\n', `${HYBRID}\n${UNIFIED}`)
  assert.equal(version1.get('memory'), undefined)
  assert.equal(version2, null)
})
