/**
 * What a caller must be to the object that an operation names, as data: the second half of the permission matrix. The
 * first half is `who`, which kinds of credentials may use an operation at all. The server decides both in permissions.ts;
 * this file only names the rules and says them to people (design.md 7).
 */

/** The rules, in the words of the reference page. Administrators come in where `who` lists `admin`, viewers where it reads. */
export const OBJECT_RULES = {
  anything: 'concerns the server, or everybody alike',
  caller: 'concerns the caller alone',
  'own data': 'concerns the caller alone; needs the right to read data',
  self: 'the account named must be that of the caller; administrators reach every user',
  'key holder':
    'the account named must be that of the caller, or an organization that the caller owns and signed in for; no key reaches one with more rights',
  'connector owner':
    'the account named must be that of the caller, or an organization that the caller owns and signed in for; administrators reach every account; a key needs the right to read data to see and to write data to change',
  'reported user':
    'the account named must be that of the caller, or belong to an organization that the caller owns and signed in for; administrators reach every user',
  'organization member': 'owners, members and executors of the organization, and its own keys',
  'organization owner': 'owners of the organization who signed in',
  approver: 'owners of the organization who signed in; for strangers to it there is no request',
  'organization owner or oneself': 'owners of the organization who signed in, and the member who leaves',
  'invited user': 'the user who is invited; for everybody else there is no invitation',
  'name space': 'the account itself, owners and members of an organization; needs the right to manage algorithms',
  'visible algorithm':
    'everybody once a version is public; before that the owner, owners, members and executors of the organization',
  'source reader': 'the owner, owners and members of the organization, and every account where the source is open',
  'source writer': 'the owner, owners and members of the organization; needs the right to manage algorithms',
  'build log reader':
    'the owner, owners, members and executors of the organization; needs the right to manage algorithms',
  'call log reader':
    'the owner, owners and members of the organization; needs the right to manage algorithms; administrators for every algorithm',
  'call log entry reader':
    'those who may read the call log of the algorithm, and the account that made the call, with a key that may make it',
  'error log reader':
    'the account named must be that of the caller, or an organization that the caller belongs to; administrators reach every account; one that is not there has an empty list',
  'algorithm manager': 'the owner, owners and members of the organization; needs the right to manage algorithms',
  'algorithm manager or administrator':
    'the owner, owners and members of the organization while no version is public, administrators after that; needs the right to manage algorithms',
  'algorithm caller':
    'everybody for public versions; for all others the owner, owners, members and executors of the organization; needs the right to call it',
  'call maker': 'the account that made the call, with a key that may make it',
  data: 'the owner, owners and members of the organization; to read also its executors, algorithms of the owner unless the collection is private, and everybody where it is public; needs the right to read or to write data',
} as const

export type ObjectRule = keyof typeof OBJECT_RULES
