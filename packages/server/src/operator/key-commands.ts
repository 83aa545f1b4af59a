/** `algorist key …`, for keys of users and, with `--org`, of organizations. */
import { removeKey, rotateKey } from '../keys/changes.ts'
import { createKey, listKeys } from '../keys/keys.ts'
import { createOrganizationKey, listOrganizationKeys } from '../keys/organization-keys.ts'
import { type Command, type Invocation, optionOf } from './command.ts'

const ORG = { org: 'flag' } as const

function holderOf({ given, options }: Invocation) {
  return options.org === true ? { organization: given.account } : { username: given.account }
}

function list({ services, caller, given, options }: Invocation) {
  const { account = '' } = given
  return options.org === true ? listOrganizationKeys(services, caller, account) : listKeys(services, caller, account)
}

export const keyCommands: readonly Command[] = [
  {
    name: 'key list',
    arguments: ['account'],
    options: ORG,
    summary: 'list keys as masks',
    isChange: false,
    run: async (invocation) =>
      (await list(invocation)).map((key) => ({
        id: key.id ?? '',
        label: key.key_label,
        type: key.key_type,
        mask: key.api_key_mask,
        created: key.created_at,
        used: key.last_used_at ?? '',
        expires: key.expires_at ?? '',
      })),
  },
  {
    name: 'key create',
    arguments: ['account'],
    options: { ...ORG, label: 'text', type: 'text', expires: 'text' },
    summary: 'create a key with all rights of its type (AlgorithmKey, ManagementKey or PlatformAdminKey) and show it',
    isChange: true,
    run: async (invocation) => {
      const { services, caller, given, options } = invocation
      const { account = '' } = given
      const key_label = optionOf(invocation, 'label') ?? 'operator'
      const expires_at = optionOf(invocation, 'expires')
      const common = { key_label, ...(expires_at === undefined ? {} : { expires_at }) }
      const made =
        options.org === true
          ? await createOrganizationKey(services, caller, account, common)
          : await createKey(services, caller, account, {
              ...common,
              key_type: typeOf(optionOf(invocation, 'type') ?? 'ManagementKey'),
            })
      return `${made.api_key}\n`
    },
  },
  {
    name: 'key rotate',
    arguments: ['account', 'id'],
    options: { ...ORG, overlap: 'text' },
    summary: 'make a key that replaces another, which works for the overlap (seconds, a day by default)',
    isChange: true,
    run: async (invocation) => {
      const { services, caller, given } = invocation
      const overlap = optionOf(invocation, 'overlap')
      const seconds = overlap === undefined ? undefined : Number.parseInt(overlap, 10) || 0
      const made = await rotateKey(services, caller, { ...holderOf(invocation), keyId: given.id }, seconds)
      return `${made.api_key}\n`
    },
  },
  {
    name: 'key delete',
    arguments: ['account', 'id'],
    options: ORG,
    summary: 'delete a key; it stops working at once',
    isChange: true,
    run: async (invocation) => {
      const { services, caller, given } = invocation
      await removeKey(services, caller, { ...holderOf(invocation), keyId: given.id })
      return 'Deleted.\n'
    },
  },
]

/** Checked by the rules, which name what they expect. */
function typeOf(text: string) {
  return text as 'AlgorithmKey' | 'ManagementKey' | 'PlatformAdminKey'
}
