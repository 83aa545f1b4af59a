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
const KEYS = ['createKey', 'importKey', 'createOrganizationKey', 'createMemberKey']
const KEY_LISTS = ['listKeys', 'listOrganizationKeys']
const LISTS = ['listOrganizations', 'listMembers', 'listFrontendEntries']
const WITH_ERRORS = [
  ...['createUser', 'listUsers', 'createOrganization', 'createAlgorithm', 'publishVersion', 'getBuild', 'getVersion'],
  ...['getScm', 'createScm', 'updateScm', 'setDefaultScm', 'deleteScm', 'createInvite', 'deleteInvite', 'listFeatures'],
  ...['setFeature', 'createReservation', 'deleteReservation', 'updateUser', 'importKey', 'deleteOrganizationType'],
  ...['addMember', 'createMemberKey', 'listOrganizationKeys', 'removeMember', 'deleteHostName'],
  ...['createHostInformation', 'updateHostInformation', 'createConnector', 'listAlgorithmErrors', 'reportUsage'],
  ...['createSecret', 'listSecrets'],
]

const undeclared = (
  at: string,
  entry: Pick<Deviation, 'operations' | 'because'> & { statuses?: readonly number[] },
): Deviation => ({ statuses: [200], ...entry, at, rule: 'undeclared' })

/** In one organization and in the list of them. */
const organization = (at: string, rule: string, because: string): readonly Deviation[] => [
  { operations: ORGANIZATIONS, statuses: [200], at, rule, because },
  { operations: ['listOrganizations'], statuses: [200], at: `/results/*${at}`, rule, because },
]

const status = (number: number, operations: readonly string[], because: string): Deviation =>
  undeclared('status', { operations, statuses: [number], because })

/** In one key and in a list of them. */
const key = (member: string, operations: readonly string[], because: string): Deviation =>
  undeclared(member, { operations, statuses: operations === KEYS ? [200, 201] : [200], because })

const ANY_ALGORITHM = { operations: [...ALGORITHM_READERS, ...ALGORITHM_WRITERS], statuses: [200, 201] }
const WRITERS = { operations: ALGORITHM_WRITERS, statuses: [200, 201] }
const ERRORS = { operations: WITH_ERRORS, statuses: [400, 403, 404, 409] }

const INSIGHTS = '2.1: in settings in live samples, in version_info in the document; emitted in both'
const LANGUAGE = '2.1: a live sample of an environment-based algorithm has it'
const ONE_OBJECT = '2.1: one algorithm object in every answer'
const FLAT = '1.6 rule 3: code and message again at the top for readers of the flat form'
const LAST_PAGE = '1.8: null on the last page'
const BOTH_NAMES = '2.3: the same content under both names, older clients read oauth'
const UNKNOWN = '2.1: what is unknown is left out; algorithms have no number, and a range no one commit'
const SECRETS = '2.7: secret_key, created and modified are members'
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
  ...organization('/id', 'undeclared', '2.5: id is a member'),
  ...organization('/external_id', 'undeclared', '2.5: external_id is a member'),
  ...organization('/org_created_at', 'undeclared', '2.5: org_created_at is a member'),
  ...organization('/org_contact_name', 'pattern', '2.5: the pattern is not enforced, clients send a space'),
  ...organization('/org_url', 'type string', NULLS),
  ...organization('/stripe_customer_id', 'type string', NULLS),
  ...organization('/external_admin_group', 'type array', NULLS),
  ...organization('/external_member_group', 'type array', NULLS),
  ...organization('/external_executor_group', 'type array', NULLS),
  {
    operations: ['callAlgorithm'],
    statuses: [200],
    at: '/result',
    rule: 'type string',
    because: '4.5: any JSON value',
  },
  { operations: ['callAlgorithm'], statuses: [200], at: '/async', rule: 'type boolean', because: '4.9: the text void' },
  undeclared('/error/error_type', { operations: ['callAlgorithm'], because: '4.6: error_type is a member' }),
  {
    operations: ['listAlgorithmErrors', 'listUserErrors'],
    statuses: [200],
    at: '',
    rule: 'type object',
    because: '2.7, 7 no. 30: a bare array of entries',
  },
  status(404, ['getUser'], '3.4 row 114, 7 no. 5: 404, not 409'),
  status(404, ['getOrganization'], '3.5 row 86, 7 no. 5: 404, not 409'),
  status(404, ['updateOrganization'], '3.5 row 86: an unknown organization is 404'),
  status(404, ['listMembers'], '3.5 row 91: an unknown organization is 404'),
  status(404, ['getHostInformation'], '3.10 row 19: 404/3300, for reading too'),
  status(404, ['getFrontendEntry'], '3.9 row 72: 404/5004, not 409'),
  status(400, ['uploadFavicon', 'uploadLogo'], '3.9 row 69: 400/3105 to 3107'),
  status(400, ['updateUser'], '3.4 row 115: 400/3007 and 3008'),
  status(400, ['listNotifications'], '3.4 row 127: 400/8060 and 8061'),
  status(400, ['setInsightsConnection'], '1.7: 400/6001 where fields are missing'),
  status(400, ['removeMember'], '3.5 row 93: 400/3102 for the last owner'),
  status(409, ['createOrganizationType'], '3.5 row 96: 409/3109'),
  undeclared('status', {
    operations: ['getAlgorithm'],
    statuses: [403, 404],
    because: "3.2 row 41: 404 for a missing algorithm, 403 for somebody else's private one",
  }),
  ...['/secret_key', '/created', '/modified'].map((at): Deviation => {
    return undeclared(at, { operations: ['createSecret', 'updateSecret'], because: SECRETS })
  }),
  ...['/results/*/secret_key', '/results/*/created', '/results/*/modified'].map((at): Deviation => {
    return undeclared(at, { operations: ['listSecrets'], because: SECRETS })
  }),
  undeclared('/secrets', {
    operations: ['listSecrets'],
    because: '3.2 row 64: the same list under the name of the mock',
  }),
  status(400, ['createSecret'], '3.2 row 65: 400/8000, 8001 and 8004'),
  status(404, ['updateSecret', 'deleteSecret'], '3.2 rows 66 and 67: 404/8008'),
  status(400, ['createSecretProvider', 'uploadSecretProviderPlugin'], '1.7: a wrong body is 400'),
  status(400, ['deleteSecretProvider'], '3.7 row 31: 400/8013 for the default'),
  status(404, ['getSecretProvider'], '3.7 row 29: 404/8006'),
  undeclared('body', {
    operations: ['checkSecretProviderPlugin'],
    statuses: [400],
    because: '1.6: every refusal says why, in one form',
  }),
  status(400, ['listBuilds'], '1.8: limits and markers are checked'),
  status(400, ['getData'], '5.5: a marker that no page gave is 400'),
  status(400, ['deleteData'], '5.11: a directory with files is 400 without force'),
  {
    operations: ['getData', 'deleteData'],
    statuses: [404],
    at: '/error/code',
    rule: 'required',
    because: '1.7: none of the numbers is for a path of data',
  },
  { operations: LISTS, statuses: [200], at: '/marker', rule: 'type string', because: LAST_PAGE },
  { operations: LISTS, statuses: [200], at: '/next_link', rule: 'type string', because: LAST_PAGE },
  undeclared('/oauth', { operations: ['createScm', 'getScm', 'updateScm'], statuses: [200, 201], because: BOTH_NAMES }),
  undeclared('body', { operations: ['getFavicon', 'getLogo'], because: '3.9 row 68: the bytes of the picture' }),
  ...['/*/algo_id', '/*/version_hash'].map((at): Deviation => {
    return { operations: ['listReservations'], statuses: [200], at, rule: 'required', because: UNKNOWN }
  }),
  {
    operations: ['reportUsage'],
    statuses: [400],
    at: '/error/code',
    rule: 'enum',
    because: '1.7: 4010 is missing in the list of numbers',
  },
  undeclared('/external_id', { operations: ['updateUser'], because: '1.3 JWT: ours, who the user is to the provider' }),
  key('/id', KEYS, '2.6, ours: keys are changed and deleted by id'),
  key('/*/id', KEY_LISTS, '2.6, ours: keys are changed and deleted by id'),
  key('/expires_at', ['createKey'], '2.6, ours: keys may expire'),
  key('/*/expires_at', ['listKeys'], '2.6, ours: keys may expire'),
  key('/warnings', ['createKey'], '2.6, ours: patterns without effect are named'),
  key('/*/warnings', ['listKeys'], '2.6, ours: patterns without effect are named'),
]

/** Operations that the document does not have, with the paragraph that does. */
export const NOT_IN_DOCUMENT: Readonly<Record<string, string>> = {
  callAlgorithmFromWeb: '1.12: the route of the browser script',
  preflightCallFromWeb: '1.12: the route of the browser script',
  listCollections: '3.3 X9',
  setDefaultCollection: '3.2 X6',
  listLanguages: '3.12 X14',
  listEnvironments: '3.12 X15',
  getTemplate: '3.12 X16',
  listAvailableEnvironments: '3.12 X17',
  enableEnvironment: '3.12 X18',
  disableEnvironment: '3.12 X19',
  reportInsights: '3.11 X13',
  getOrganizationByExternalId: '3.5 X11',
  grantViewerRole: '3.4 X10',
  revokeViewerRole: '3.4 X10',
  revokeScmOAuthByGet: '3.6 row 108: ruby asks by GET',
  getScmTokenStatusByPost: '3.6 row 110: a sample asks by POST',
  getOpenApi: '3.13 X20',
  listOrganizationErrors: '3.5 X12',
  advertiseGitRefs: '3.13 X22',
  uploadGitPack: '3.13 X22',
  receiveGitPack: '3.13 X22',
}
