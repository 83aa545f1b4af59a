/** Prints docs/permissions.md from the rules that the matrix checks: `node conformance/matrix/page.ts > docs/permissions.md`. */
import { OBJECT_RULES, type ObjectRule } from '@algorist/contract/object-rules.ts'
import type { Operation } from '@algorist/contract/operation.ts'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { FULL_RIGHTS } from '../lib/accounts.ts'
import { NOT_SERVED } from '../not-served.ts'
import { type AccountName, type Credentials, expected, type Thing } from './rules.ts'

/** An account with the ways in which it may come, each with its letter. */
interface Column {
  readonly title: string
  readonly account: AccountName | null
  readonly ways: readonly (readonly [letter: string, credentials: Credentials])[]
}

const PERSON = [
  ['K', 'key'],
  ['S', 'session'],
] as const

const COLUMNS: readonly Column[] = [
  { title: 'nobody', account: null, ways: [['x', 'none']] },
  { title: 'other user', account: 'other user', ways: PERSON },
  { title: 'user', account: 'user', ways: PERSON },
  { title: 'executor', account: 'org executor', ways: PERSON },
  { title: 'member', account: 'org member', ways: PERSON },
  { title: 'owner', account: 'org owner', ways: PERSON },
  { title: 'organization', account: 'organization', ways: [['K', 'key']] },
  { title: 'administrator', account: 'administrator', ways: [['A', 'admin key'], ...PERSON] },
  { title: 'viewer', account: 'viewer', ways: PERSON },
  { title: 'algorithm', account: 'other user', ways: [['x', 'algorithm']] },
]

const algorithmOf = (owner: 'user' | 'organization', isPublic: boolean): Thing => ({
  kind: 'algorithm',
  owner,
  isPublic,
  isOpen: false,
  isInner: !isPublic,
  acl: ['algo://*'],
})
const account = (name: AccountName): Thing => ({ kind: 'account', account: name })

const ALGORITHM: readonly (readonly [what: string, thing: Thing])[] = [
  ["the user's, private", algorithmOf('user', false)],
  ["the organization's, private", algorithmOf('organization', false)],
  ["the organization's, public", algorithmOf('organization', true)],
]
const NAMES = [
  ['the user', account('user')],
  ['the organization', account('organization')],
] as const
const ORGANIZATION = [['the organization', account('organization')]] as const

/** What each rule is shown about. */
const THINGS: Readonly<Record<ObjectRule, readonly (readonly [what: string, thing: Thing])[]>> = {
  anything: [['', { kind: 'none' }]],
  caller: [['', { kind: 'none' }]],
  'own data': [['', { kind: 'none' }]],
  self: [['the user', account('user')]],
  'key holder': NAMES,
  'connector owner': NAMES,
  'reported user': [
    ['the user', account('user')],
    ['a member', account('org member')],
  ],
  'organization member': ORGANIZATION,
  'organization owner': ORGANIZATION,
  approver: ORGANIZATION,
  'organization owner or oneself': [...ORGANIZATION, ['oneself', { kind: 'own membership' }]],
  'invited user': [['an invitation of the user', account('user')]],
  'name space': NAMES,
  'visible algorithm': ALGORITHM,
  'source reader': ALGORITHM,
  'source writer': ALGORITHM,
  'build log reader': ALGORITHM,
  'call log reader': ALGORITHM,
  'call log entry reader': [['a call of the user', algorithmOf('user', true)]],
  'error log reader': NAMES,
  'algorithm manager': ALGORITHM,
  'algorithm manager or administrator': ALGORITHM,
  'algorithm caller': ALGORITHM,
  'call maker': [['a call of the user', algorithmOf('user', true)]],
  data: (['user', 'organization'] as const).flatMap((owner) =>
    (['nobody else', 'algorithms', 'everybody'] as const).map(
      (readers) => [`the ${owner}'s, open to ${readers}`, { kind: 'collection', owner, readers }] as const,
    ),
  ),
}

const INTRODUCTION = `# Who may do what

One policy, enforced by \`packages/server/src/permissions.ts\`, written down as data in the operation list: \`who\` says which
credentials may use an operation at all, \`on\` what the caller must be to the object. This page is printed from the rules with
which \`conformance/matrix\` asks a running server about every cell; change the operation list, and print it again with
\`node conformance/matrix/page.ts > docs/permissions.md\`.

- **K** with an API key that has every right · **S** signed in · **A** with an admin key · **x** as is · **–** refused.
- A token of an identity provider counts as K and S. A key may have fewer rights; the rules below name those that they need.
- *user* owns things; *executor*, *member* and *owner* have that role in *organization*, whose column is its own key.
- *algorithm* is a running algorithm, which acts for the account that called it, here another user;
  it belongs to *user*.
- Algorithms of the table have closed source.
- A refusal is 403 with the reason for those who may know of the object. What one may not know of is as if it were not there:
  404 for calls, git, invitations and requests; 403 for accounts and for private algorithms by name, as the original API has it.

## Rules about objects
`

/** The whole page as Markdown. */
export function permissionsPage(): string {
  const served = OPERATIONS.filter(({ id }) => !NOT_SERVED.has(id))
  const rules = Object.entries(OBJECT_RULES).map(([rule, words]) => `| ${rule} | ${words} |`)
  const tags = [...new Set(served.map(({ tag }) => tag))]
  const tables = tags.map((tag) =>
    table(
      tag,
      served.filter((operation) => operation.tag === tag),
    ),
  )
  return `${INTRODUCTION}\n| Rule | For |\n|---|---|\n${rules.join('\n')}\n\n${tables.join('\n')}`
}

function table(tag: string, operations: readonly Operation[]): string {
  const titles = COLUMNS.map(({ title }) => title).join(' | ')
  const lines = COLUMNS.map(() => '---').join('|')
  const rows = operations.flatMap((operation) =>
    THINGS[operation.on].map(([what, thing]) => row(operation, what, thing)),
  )
  return `## ${tag}\n\n| Operation | Rule | About | ${titles} |\n|---|---|---|${lines}|\n${rows.join('\n')}\n`
}

function row(operation: Operation, what: string, thing: Thing): string {
  const cells = COLUMNS.map(({ account: name, ways }) => {
    const open = ways.filter(
      ([, credentials]) => expected(operation, { credentials, account: name, rights: FULL_RIGHTS }, thing) === 'allow',
    )
    return open.map(([letter]) => letter).join(' ') || '–'
  })
  return `| ${operation.id} | ${operation.on} | ${what} | ${cells.join(' | ')} |`
}

if (import.meta.main) process.stdout.write(permissionsPage())
