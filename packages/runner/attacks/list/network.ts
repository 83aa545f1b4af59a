/** Attacks over the network: the host, its neighbours, and the platform API as somebody else. */
import { type Attack, may, read, step } from '../attack.ts'

const NETWORK_NAMESPACE =
  'a network namespace of its own, whose only way out is the platform API or, with `full`, public addresses'

export const NETWORK_ATTACKS: readonly Attack[] = [
  {
    name: "reach services on the host's loopback",
    stoppedBy: NETWORK_NAMESPACE,
    steps: ({ hostPort }) =>
      ['127.0.0.1', '::1', 'localhost', '::ffff:127.0.0.1', '0.0.0.0'].map((host) => step('tcp', host, hostPort, 'x')),
  },
  {
    name: 'reach private and link-local networks, and the metadata of clouds',
    stoppedBy: NETWORK_NAMESPACE,
    steps: ({ hostAddresses, hostPort }) => [
      ...hostAddresses.map((host) => step('tcp', host, hostPort, 'x')),
      step('tcp', '169.254.169.254', 80, 'GET / HTTP/1.0\r'),
    ],
  },
  {
    name: "use another worker's door to the platform",
    stoppedBy: `${NETWORK_NAMESPACE}; the door looks at who connects`,
    steps: ({ otherDoorPort, home }) => [
      may(step('tcp', '127.0.0.1', otherDoorPort, 'x')),
      step('unix', `${home}/run/0/api.sock`),
      step('unix', `${home}/run/1/api.sock`),
    ],
    succeededBy: ({ answers }) => {
      const served = answers.find(({ works, text }) => works && /req-neighbour|nobody/.test(text))
      return served === undefined ? null : `it was served as ${served.text}`
    },
  },
  {
    name: 'use the platform between calls',
    stoppedBy: 'the rights of the running call, and none in between',
    phases: ['run'],
    isAlone: true,
    steps: () => [may(step('later', 300, 'api', 'x'))],
    afterwards: { afterMs: 1000, steps: [may(read('/tmp/later'))] },
    succeededBy: ({ answers }) => {
      const text = answers[1]?.text ?? ''
      if (text.includes('req-')) return `it was served as ${text}`
      // Proves that the later request was made at all.
      return text.includes('nobody') ? null : `the later request did not happen: ${text}`
    },
  },
]
