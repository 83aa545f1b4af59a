/** Attacks of builds on the artifact and on later builds, while it is sealed above all. */
import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Attack, call, type Evidence, may, shell, step } from '../attack.ts'

const SEAL = 'the tree is checked when every process of the build has ended; then it belongs to the server'

/** What is sealed is the same tree whichever language made it. */
const sealing = (attack: Omit<Attack, 'phases' | 'isAlone' | 'languages'>): Attack => ({
  ...attack,
  phases: ['build'],
  languages: ['native'],
  isAlone: true,
})

const wasSealed = ({ succeeded }: Evidence) => (succeeded ? 'the artifact was sealed' : null)

export const BUILD_ATTACKS: readonly Attack[] = [
  sealing({
    name: 'leave a link out of the artifact',
    stoppedBy: SEAL,
    steps: ({ hostFile }) => [
      may(shell(`cd /opt/algorithm; mkdir -p a/b; ln -s ../.. a/b/up; ln -s a/b/up/../${hostFile} escape`)),
    ],
    succeededBy: wasSealed,
  }),
  sealing({
    name: 'commit a link out of the repository',
    stoppedBy: 'the tree is checked after it is checked out and before anything of it runs',
    files: { escape: { link: '/etc/shadow' } },
    steps: () => [may(shell('cat escape'))],
    succeededBy: wasSealed,
  }),
  sealing({
    name: 'leave a FIFO, a socket, a device in the artifact',
    stoppedBy: SEAL,
    steps: () => [may(shell('mkfifo /opt/algorithm/pipe'))],
    succeededBy: wasSealed,
  }),
  sealing({
    name: 'swap a file for a link while the artifact is sealed',
    stoppedBy: SEAL,
    steps: () => [
      may(
        step(
          'detach',
          'cd /opt/algorithm; while :; do echo x > plain; mv plain swapped; ln -s /etc/shadow link; mv -T link swapped; done',
        ),
      ),
      may(shell('sleep 0.3')),
    ],
    succeededBy: ({ artifact }) => (artifact === null ? null : leadsOut(join(artifact, 'swapped'))),
  }),
  sealing({
    name: 'leave a set-uid program',
    stoppedBy: 'modes are set when the artifact is sealed, and mounts are nosuid',
    steps: () => [may(shell('cp /usr/bin/id /opt/algorithm/attack-id; chmod 6755 /opt/algorithm/attack-id'))],
    succeededBy: ({ artifact }) => {
      if (artifact === null) return 'the build failed, so that nothing was tried'
      const { mode, uid } = lstatSync(join(artifact, 'attack-id'))
      return (mode & 0o6000) === 0 ? null : `mode ${mode.toString(8)}, uid ${uid}`
    },
  }),
  {
    name: 'hard-link files of the system and the platform into the artifact',
    phases: ['build'],
    stoppedBy: 'links do not cross mounts',
    steps: () =>
      ['/usr/bin/id', '/etc/passwd', '/opt/language/language.json', '/proc/self/exe'].map((path) =>
        call('linkat', -100, `s:${path}`, -100, 's:/opt/algorithm/hard', 0),
      ),
  },
]

function leadsOut(path: string): string | null {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  return entry?.isSymbolicLink() ? `it is a link to ${readlinkSync(path)}` : null
}
