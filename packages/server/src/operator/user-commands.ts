/** `algorist user …` */
import { randomBytes } from 'node:crypto'
import { createUser as createUserOperation } from '@algorist/contract/operations/users.ts'
import { validateBody } from '@algorist/contract/validate.ts'
import { createUser, findUser, listUsers, setAdministrator, setViewer } from '../accounts/accounts.ts'
import { closeUser } from '../accounts/closing.ts'
import { requireGoodPassword, setPassword } from '../accounts/login.ts'
import { type Command, type Invocation, optionOf, type Result } from './command.ts'

const PASSWORD = { 'password-stdin': 'flag' } as const

/** From standard input, or made up and then shown. */
function passwordOf({ options, input }: Invocation): { readonly password: string; readonly isMade: boolean } {
  if (options['password-stdin'] !== true) return { password: randomBytes(15).toString('base64url'), isMade: true }
  const password = input.replace(/\r?\n$/, '')
  requireGoodPassword(password)
  return { password, isMade: false }
}

function shown(text: string, { password, isMade }: { password: string; isMade: boolean }): Result {
  return isMade ? `${text}\nPassword: ${password}\n` : `${text}\n`
}

export const userCommands: readonly Command[] = [
  {
    name: 'user list',
    arguments: [],
    options: {},
    summary: 'list users by name',
    isChange: false,
    run: async ({ services }) => {
      const rows = await listUsers(services, { limit: 1_000_000, marker: undefined })
      return rows.map((row) => ({
        name: row.name,
        email: row.email,
        admin: row.is_admin === 1,
        viewer: row.is_viewer === 1,
        created: row.created_at,
      }))
    },
  },
  {
    name: 'user create',
    arguments: ['name', 'email'],
    options: { fullname: 'text', admin: 'flag', ...PASSWORD },
    summary: 'create a user; the password is made up and shown unless it comes on standard input',
    isChange: true,
    run: async (invocation) => {
      const { services, given, options } = invocation
      const secret = passwordOf(invocation)
      const fullname = optionOf(invocation, 'fullname')
      const { name = '', email = '' } = given
      const user = validateBody(createUserOperation, { username: name, email, password: secret.password, fullname })
      const { name: stored } = await createUser(services, user)
      if (options.admin === true) await setAdministrator(services, stored, true)
      return shown(`Created ${stored}.`, secret)
    },
  },
  {
    name: 'user reset-password',
    arguments: ['name'],
    options: PASSWORD,
    summary: 'set a password; all sessions of the user end',
    isChange: true,
    run: async (invocation) => {
      const user = findUser(invocation.services.directory, invocation.given.name ?? '')
      const secret = passwordOf(invocation)
      await setPassword(invocation.services, user, secret.password)
      return shown(`${user.name} has a new password.`, secret)
    },
  },
  {
    name: 'user delete',
    arguments: ['name'],
    options: {},
    summary: 'delete a user; name and e-mail address stay taken',
    isChange: true,
    run: async ({ services, caller, given }) => {
      const user = findUser(services.directory, given.name ?? '')
      await closeUser(services, caller, user.name)
      return `Deleted ${user.name}.\n`
    },
  },
  ...roleCommands('admin', 'administrator', setAdministrator),
  ...roleCommands('viewer', 'viewer', setViewer),
]

function roleCommands(word: string, role: string, set: typeof setViewer): Command[] {
  return [true, false].map((isOn) => ({
    name: `user ${isOn ? 'grant' : 'revoke'}-${word}`,
    arguments: ['name'],
    options: {},
    summary: isOn ? `make a user ${role === 'administrator' ? 'an' : 'a'} ${role}` : `make a user no ${role} any more`,
    isChange: true,
    run: async ({ services, given }: Invocation) => {
      const user = findUser(services.directory, given.name ?? '')
      await set(services, user.name, isOn)
      return `${user.name} is ${isOn ? '' : 'not '}${role === 'administrator' ? 'an' : 'a'} ${role}.\n`
    },
  }))
}
