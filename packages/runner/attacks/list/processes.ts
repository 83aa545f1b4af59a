/** Attacks on other processes, by descriptors, signals and what outlives a worker; and on whoever comes next. */
import { type Attack, call, type Evidence, harmless, may, read, shell, step } from '../attack.ts'

const OWN_NAMESPACES = 'process, IPC and network namespaces of its own; private /tmp'
/** `attack` as the name of an abstract socket, in a `struct sockaddr_un`. */
const ABSTRACT_ADDRESS = 'x:01000061747461636b'
const CREATE = 0o1666
const LEFT = 'ATTACK-LEFT-BEHIND'

export const PROCESS_ATTACKS: readonly Attack[] = [
  {
    name: 'use leaked descriptors',
    stoppedBy: 'every descriptor but the three streams and one socket is closed on exec',
    steps: () => [may(step('open'))],
    succeededBy: leakedDescriptor,
  },
  {
    name: 'signal the server, the runner, init',
    stoppedBy: 'a process namespace: the numbers of others do not exist',
    steps: ({ serverPid }) => [
      call('kill', serverPid, 0),
      call('kill', serverPid, 9),
      may(call('kill', 1, 9)),
      may(call('kill', 1, 19)),
      may(call('kill', 1, 18)),
    ],
  },
  {
    name: 'signal every process that there is',
    stoppedBy: 'a process namespace: only its own worker or build ends',
    isAlone: true,
    steps: () => [may(call('kill', -1, 15)), may(call('kill', -1, 9))],
    succeededBy: harmless,
  },
  {
    name: 'outlive the worker or the build',
    stoppedBy: 'the end of the process namespace, which takes everything in it along',
    steps: ({ mark }) => [
      may(step('detach', `exec sleep ${mark}`)),
      may(step('detach', `while :; do sleep ${mark}; done`)),
      may(shell(`nohup sleep ${mark} >/dev/null 2>&1 &`)),
    ],
    // Whether any is left is looked at when the workers have ended.
    succeededBy: harmless,
  },
  {
    name: 'leave files and memory for the next caller or build',
    stoppedBy: 'private folders that end with the worker; workers belong to one caller; no shared build caches',
    accomplice: () => [
      may(step('remember', LEFT)),
      ...['.cache/pip/attack', '.npm/attack', '.npmrc', '.config/pip/pip.conf', '.local/bin/attack'].map((path) =>
        may(shell(`mkdir -p $(dirname $HOME/${path}) && echo ${LEFT} > $HOME/${path}`)),
      ),
      may(shell(`mkdir -p /tmp/npm-cache && echo ${LEFT} > /tmp/npm-cache/attack; echo ${LEFT} > /run/attack`)),
    ],
    steps: ({ mark }) => [
      step('recall'),
      shell(`grep -rsl ${LEFT} $HOME /tmp /dev/shm /var/tmp /run`),
      // Proves that the search finds what is there.
      may(shell(`echo ${mark} > $HOME/.attack; grep -rsl ${mark} $HOME`)),
    ],
    succeededBy: ({ answers }) => {
      const found = answers.slice(0, 2).find(({ works }) => works)
      if (found !== undefined) return `found ${found.text}`
      return answers.length > 2 && answers[2]?.works === false ? 'the search itself does not work' : null
    },
  },
  {
    name: 'pass data by shared memory, queues, semaphores',
    stoppedBy: OWN_NAMESPACES,
    accomplice: () => [
      may(call('shmget', 4711, 4096, CREATE)),
      may(call('msgget', 4711, CREATE)),
      may(call('semget', 4711, 1, CREATE)),
      may(call('mq_open', 's:attack', 0o102, 0o666, 0)),
      may(call('add_key', 's:user', 's:attack-left', 'x:41', 1, -4)),
    ],
    steps: () => [
      call('shmget', 4711, 0, 0),
      call('msgget', 4711, 0),
      call('semget', 4711, 0, 0),
      call('mq_open', 's:attack', 0, 0, 0),
      call('request_key', 's:user', 's:attack-left', 0, -4),
      read('/dev/mqueue/attack'),
    ],
  },
  {
    name: 'pass data by abstract sockets, reach those of the host',
    stoppedBy: OWN_NAMESPACES,
    accomplice: () => [may(call('socket', 1, 2, 0)), may(call('bind', '$', ABSTRACT_ADDRESS, 9))],
    steps: ({ hostSocket }) => [
      may(call('socket', 1, 2, 0)),
      call('connect', '$', ABSTRACT_ADDRESS, 9),
      step('unix', hostSocket),
      step('unix', '/run/docker.sock'),
      step('unix', '/run/dbus/system_bus_socket'),
    ],
  },
]

/** More sockets than the frames' own, or a file that is neither the program's nor the system's. */
function leakedDescriptor({ answers: [answer] }: Evidence): string | null {
  const entries = (answer?.text ?? '').split(' ').filter((entry) => entry.includes('='))
  const strange = entries.find((entry) => /=\/(?!dev\/|usr\/|opt\/algorithm|proc|tmp\/|home\/algo)/.test(entry))
  if (strange !== undefined) return `descriptor ${strange}`
  const sockets = entries.filter((entry) => entry.includes('=socket:'))
  return sockets.length > 3 ? `${sockets.length} sockets: ${sockets.join(' ')}` : null
}
