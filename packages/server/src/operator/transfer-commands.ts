/** `algorist export` and `algorist import`: moving one owner between installations (docs/moving.md). */
import { exportOwner } from '../transfer/export.ts'
import { importOwner } from '../transfer/import.ts'
import { rebuildFailed } from '../transfer/rebuild.ts'
import { rebuildReport, reportOf } from '../transfer/report.ts'
import { type Command, optionOf } from './command.ts'

export const transferCommands: readonly Command[] = [
  {
    name: 'export',
    arguments: ['owner', 'file'],
    options: { 'with-login': 'flag' },
    summary:
      'write all that a user or an organization has into a new file; no key, password, secret or credential is in it',
    isChange: true,
    run: async ({ services, given, options }) => {
      const { owner = '', file = '' } = given
      const storage = await services.storage()
      const withLogin = options['with-login'] === true
      const { name, ...counts } = await exportOwner({ ...services, ...storage }, { owner, path: file, withLogin })
      return [{ exported: name, ...counts }]
    },
  },
  {
    name: 'import',
    arguments: ['file'],
    options: { as: 'text' },
    summary: 'take over what another server exported, under another name with --as; waits until it is built',
    isChange: true,
    run: async (invocation) => {
      const { services, caller, given } = invocation
      const storage = await services.storage()
      const uses = { ...services, ...storage }
      const operatorId = caller.kind === 'anonymous' ? '' : caller.account.id
      const options = { path: given.file ?? '', as: optionOf(invocation, 'as'), operatorId }
      return reportOf(uses, await importOwner(uses, options))
    },
  },
  {
    name: 'rebuild',
    arguments: ['owner'],
    options: {},
    summary: 'build those versions of an owner again whose build failed after an import',
    isChange: true,
    run: async ({ services, given }) => {
      const uses = { ...services, ...(await services.storage()) }
      return rebuildReport(uses, await rebuildFailed(uses, given.owner ?? ''))
    },
  },
]
