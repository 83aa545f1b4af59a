/**
 * Where real replies differ from the original OpenAPI document, each with the paragraph of rest-api.md that decides. The
 * list only shrinks: a difference that is not in it fails the suite, and so does an entry that no reply shows any more.
 */

export interface Deviation {
  /** Each of them shows it, with one of the statuses. */
  readonly operations: readonly string[]
  /** Each of them shows it, with one of the operations. */
  readonly statuses: readonly number[]
  /** Where in the body, with `*` for an index; `status` when the document does not list the status at all. */
  readonly at: string
  readonly rule: string
  /** Paragraph of rest-api.md, and what it says. */
  readonly because: string
}

const ALGORITHM_READERS = ['getAlgorithm', 'getVersion', 'publishVersion', 'compileAlgorithm']
const ALGORITHM_WRITERS = ['createAlgorithm', 'updateAlgorithm']
const ORGANIZATIONS = ['createOrganization', 'getOrganization']
const WITH_ERRORS = [
  ...['createUser', 'listUsers', 'createOrganization', 'createAlgorithm', 'publishVersion', 'getBuild', 'getVersion'],
  'getScm',
]

const undeclared = (
  at: string,
  entry: Pick<Deviation, 'operations' | 'because'> & { statuses?: readonly number[] },
): Deviation => ({ statuses: [200], ...entry, at, rule: 'undeclared' })

const organization = (at: string, rule: string, because: string): Deviation => ({
  operations: ORGANIZATIONS,
  statuses: [200],
  at,
  rule,
  because,
})

const ANY_ALGORITHM = { operations: [...ALGORITHM_READERS, ...ALGORITHM_WRITERS], statuses: [200, 201] }
const WRITERS = { operations: ALGORITHM_WRITERS, statuses: [200, 201] }
const ERRORS = { operations: WITH_ERRORS, statuses: [400, 403, 404, 409] }

const INSIGHTS = '2.1: in settings in live samples, in version_info in the document; emitted in both'
const LANGUAGE = '2.1: a live sample of an environment-based algorithm has it'
const ONE_OBJECT = '2.1: one algorithm object in every answer'
const FLAT = '1.6 rule 3: code and message again at the top for readers of the flat form'
const NULLS = '2.5: absent optional values are null'

export const DEVIATIONS: readonly Deviation[] = [
  undeclared('/code', { ...ERRORS, because: FLAT }),
  undeclared('/message', { ...ERRORS, because: FLAT }),
  undeclared('/settings/language', { ...ANY_ALGORITHM, because: LANGUAGE }),
  undeclared('/settings/insights_enabled', { ...ANY_ALGORITHM, because: INSIGHTS }),
  undeclared('/id', { operations: ALGORITHM_READERS, because: '2.1: id in every rendering; py and R read it' }),
  undeclared('/version_info', { ...WRITERS, because: ONE_OBJECT }),
  undeclared('/build', { ...WRITERS, because: ONE_OBJECT }),
  undeclared('/resource_type', { ...WRITERS, because: '2.1: resource_type in every rendering' }),
  undeclared('/compilation', { operations: ['updateAlgorithm'], because: ONE_OBJECT }),
  undeclared('/results/*/id', { operations: ['listVersions'], because: '2.1: id in list items too' }),
  undeclared('/results/*/settings/language', { operations: ['listVersions'], because: LANGUAGE }),
  undeclared('/results/*/settings/insights_enabled', { operations: ['listVersions'], because: INSIGHTS }),
  organization('/id', 'undeclared', '2.5: id is a member'),
  organization('/external_id', 'undeclared', '2.5: external_id is a member'),
  organization('/org_created_at', 'undeclared', '2.5: org_created_at is a member'),
  organization('/org_contact_name', 'pattern', '2.5: the pattern is not enforced, clients send a space'),
  organization('/org_url', 'type string', NULLS),
  organization('/stripe_customer_id', 'type string', NULLS),
  organization('/external_admin_group', 'type array', NULLS),
  organization('/external_member_group', 'type array', NULLS),
  organization('/external_executor_group', 'type array', NULLS),
  {
    operations: ['callAlgorithm'],
    statuses: [200],
    at: '/result',
    rule: 'type string',
    because: '4.5: any JSON value',
  },
  { operations: ['callAlgorithm'], statuses: [200], at: '/async', rule: 'type boolean', because: '4.9: the text void' },
  undeclared('/error/error_type', { operations: ['callAlgorithm'], because: '4.6: error_type is a member' }),
  undeclared('status', { operations: ['getUser'], statuses: [404], because: '3.4 row 114, 7 no. 5: 404, not 409' }),
  undeclared('status', {
    operations: ['getOrganization'],
    statuses: [404],
    because: '3.5 row 86, 7 no. 5: 404, not 409',
  }),
  undeclared('status', {
    operations: ['getAlgorithm'],
    statuses: [403, 404],
    because: "3.2 row 41: 404 for a missing algorithm, 403 for somebody else's private one",
  }),
  undeclared('status', { operations: ['listBuilds'], statuses: [400], because: '1.8: limits and markers are checked' }),
]

/** Operations that the document does not have, with the paragraph that does. */
export const NOT_IN_DOCUMENT: Readonly<Record<string, string>> = {
  callAlgorithmFromWeb: '1.12: the route of the browser script',
  preflightCallFromWeb: '1.12: the route of the browser script',
  listLanguages: '3.12 X14',
  listEnvironments: '3.12 X15',
  getTemplate: '3.12 X16',
  getOpenApi: '3.13 X20',
  advertiseGitRefs: '3.13 X22',
  uploadGitPack: '3.13 X22',
  receiveGitPack: '3.13 X22',
}
