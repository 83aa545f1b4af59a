/**
 * How requests of the matrix are made: for a kind of operation, one for each thing that it may be about. Those who are
 * allowed do no harm with them: the body is wrong in a way that is found after the rights, the change changes nothing, or
 * what it deletes was made for it.
 */
import { randomUUID } from 'node:crypto'
import type { Asked } from './ask.ts'
import type { Principal } from './principals.ts'
import type { AccountName, Thing } from './rules.ts'
import type { Scene, Subject } from './scene.ts'

export interface Case {
  /** What it is about. */
  readonly what: string
  readonly thing: Thing
  /** Without credentials. */
  readonly asked: Omit<Asked, 'method'>
  /** Statuses that say that the caller was let in; 401 and 403 never do. */
  readonly done?: readonly number[]
  /** Made anew for those who are allowed: what they do cannot be done twice. */
  readonly fresh?: (principal: Principal) => Promise<Omit<Asked, 'method'>>
}

export type Cases = (scene: Scene) => readonly Case[]

export const NOBODY = 'nobody_here'
export const NONE: Thing = { kind: 'none' }

export const json = (value: unknown) => ({
  body: JSON.stringify(value),
  headers: { 'Content-Type': 'application/json' },
})

/** About the server, or about the caller alone. */
export const plain =
  (path: string | (() => string), options: { body?: unknown; done?: readonly number[] } = {}): Cases =>
  () => [
    {
      what: '',
      thing: NONE,
      asked: {
        path: typeof path === 'string' ? path : path(),
        ...(options.body === undefined ? {} : json(options.body)),
      },
      ...(options.done && { done: options.done }),
    },
  ]

const aclOf = (path: string): string[] => ['algo://*', `algo://${path.split('/')[0]}/*`, `algo://${path}/*`]

function thingOf({ owner, isPublic, path }: Subject, isInner = false): Thing {
  return { kind: 'algorithm', owner, isPublic, isOpen: owner === 'user' && isPublic, isInner, acl: aclOf(path) }
}

const nameOf = ({ owner, isPublic }: Subject): string => `${owner}'s ${isPublic ? 'public' : 'private'} algorithm`

interface AlgorithmOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly done?: readonly number[]
  readonly fresh?: (scene: Scene, subject: Subject) => Case['fresh']
}

/** About each of the four algorithms, and about one that is not there. */
export const algorithm =
  (rest: string | ((subject: Subject) => string), { body, headers, done, fresh }: AlgorithmOptions = {}): Cases =>
  (scene) => {
    const restOf = (subject: Subject): string => (typeof rest === 'string' ? rest : rest(subject))
    const about = (what: string, thing: Thing, path: string): Case => ({
      what,
      thing,
      asked: {
        path: `/v1/algorithms/${path}`,
        ...(body === undefined ? {} : json(body)),
        ...(headers && { headers }),
      },
      ...(done && { done }),
    })
    const gone = scene.subjects[0] as Subject
    return [
      ...scene.subjects.map((subject) => ({
        ...about(nameOf(subject), thingOf(subject), `${subject.path}${restOf(subject)}`),
        ...(fresh && { fresh: fresh(scene, subject) as NonNullable<Case['fresh']> }),
      })),
      ...scene.subjects.slice(0, 1).map((subject) => ({
        ...about(`${nameOf(subject)}, by id`, thingOf(subject), `${subject.id}${restOf(subject)}`),
        ...(fresh && { fresh: fresh(scene, subject) as NonNullable<Case['fresh']> }),
      })),
      about('no algorithm', { kind: 'missing' }, `${scene.names.user}/Nothing${restOf(gone)}`),
      about('no algorithm, by id', { kind: 'missing' }, `${randomUUID()}${restOf(gone)}`),
    ]
  }

/** By name alone: the operation has no path with an id. */
export const namedAlgorithm =
  (rest: string, options: AlgorithmOptions = {}): Cases =>
  (scene) =>
    algorithm(rest, options)(scene).filter(({ what }) => !what.endsWith('by id'))

/** By id alone: the operation has no path with names. */
export const algorithmById =
  (rest: string, options: AlgorithmOptions = {}): Cases =>
  (scene) => {
    const subjects = scene.subjects.map((subject) => ({ ...subject, path: subject.id }))
    return algorithm(rest, options)({ ...scene, subjects }).filter(({ what }) => what !== 'no algorithm')
  }

export const call =
  (prefix: string): Cases =>
  ({ subjects, names }) => {
    // Not JSON: found after the rights and before the algorithm runs.
    const headers = { 'Content-Type': 'application/json', Origin: 'https://page.example' }
    const isWeb = prefix.includes('web')
    const asked = (path: string) => ({
      path: `${prefix}/${path}`,
      body: '{',
      headers: isWeb ? headers : { 'Content-Type': 'application/json' },
    })
    const one = (what: string, thing: Thing, path: string): Case => ({ what, thing, asked: asked(path), done: [400] })
    return [
      ...subjects.flatMap((subject) => [
        one(
          nameOf(subject),
          thingOf(subject, !subject.isPublic),
          `${subject.path}${subject.isPublic ? '' : '/latestPrivate'}`,
        ),
        one(`${nameOf(subject)}, a commit`, thingOf(subject, true), `${subject.path}/${subject.commit}`),
      ]),
      one('no algorithm', { kind: 'missing' }, `${names.user}/Nothing`),
    ]
  }

interface AccountOptions {
  readonly of?: 'users' | 'organizations'
  readonly body?: unknown
  readonly done?: readonly number[]
}

/** About accounts, and about one that is not there. */
export const account =
  (among: readonly AccountName[], rest: string, { of = 'users', body, done }: AccountOptions = {}): Cases =>
  ({ names }) =>
    [...among, 'missing' as const].map((name) => ({
      what: name === 'missing' ? `no ${of === 'users' ? 'user' : 'organization'}` : name,
      thing: name === 'missing' ? { kind: 'missing' } : { kind: 'account', account: name },
      asked: {
        path: `/v1/${of}/${name === 'missing' ? NOBODY : names[name]}${rest}`,
        ...(body === undefined ? {} : json(body)),
      },
      ...(done && { done }),
    }))

export const organization = (rest: string, options: AccountOptions = {}): Cases =>
  account(['organization'], rest, { of: 'organizations', ...options })

export const USERS: readonly AccountName[] = ['user', 'other user', 'organization']

/** Keys of a user, of the organization, and of nobody. */
export const keys =
  (rest: string, options: { body?: unknown; isDeleting?: true } = {}): Cases =>
  (scene) => {
    const asked = (path: string) => ({
      path: `/v1/${path}${rest}`,
      ...(options.body === undefined ? {} : json(options.body)),
    })
    const own = (name: keyof Scene['keyIds']): Case => {
      const path = name === 'organization' ? `organizations/${scene.names[name]}` : `users/${scene.names[name]}`
      return {
        what: `key of the ${name}`,
        thing: { kind: 'account', account: name },
        asked: asked(`${path}/keys/${scene.keyIds[name]}`),
        fresh: async () => asked(`${path}/keys/${await scene.newKey(name)}`),
      }
    }
    return [
      own('user'),
      own('other user'),
      own('organization'),
      { what: 'key of no user', thing: { kind: 'missing' }, asked: asked(`users/${NOBODY}/keys/${randomUUID()}`) },
      {
        what: 'key of no organization',
        thing: { kind: 'missing', of: 'organization' },
        asked: asked(`organizations/${NOBODY}/keys/${randomUUID()}`),
      },
    ]
  }

/** Users under their path and the organization under its own, and nobody under either. */
export const keyHolders =
  (rest: string, options: Pick<AccountOptions, 'body' | 'done'> = {}): Cases =>
  (scene) => [
    ...account(['user', 'other user'], rest, options)(scene),
    ...organization(
      rest,
      options,
    )(scene).map(
      (each): Case =>
        each.thing.kind === 'missing' ? { ...each, thing: { kind: 'missing', of: 'organization' } } : each,
    ),
  ]

/** Connectors of users and of the organization under both of its paths, and of nobody. */
export const connectors =
  (rest: string, options: Pick<AccountOptions, 'body' | 'done'> = {}): Cases =>
  (scene) => [
    ...account(USERS, `/connectors${rest}`, options)(scene),
    ...organization(
      `/connectors${rest}`,
      options,
    )(scene).map(
      (each): Case =>
        each.thing.kind === 'missing' ? { ...each, thing: { kind: 'missing', of: 'organization' } } : each,
    ),
  ]

export const invitation =
  (verb: string): Cases =>
  (scene) => [
    {
      what: 'invitation of the other user',
      thing: { kind: 'account', account: 'other user' },
      asked: { path: `/v1/invitations/${scene.invitationId}/${verb}` },
      fresh: async () => ({ path: `/v1/invitations/${await scene.newInvitation('other user')}/${verb}` }),
    },
    { what: 'no invitation', thing: { kind: 'missing' }, asked: { path: `/v1/invitations/${randomUUID()}/${verb}` } },
  ]

export const calls =
  (rest: string, done?: readonly number[]): Cases =>
  ({ subjects, requestId }) => [
    {
      what: 'call that the user made',
      thing: thingOf(subjects[1] as Subject),
      asked: { path: `/v1/calls/${requestId}${rest}` },
      ...(done && { done }),
    },
    { what: 'no call', thing: { kind: 'missing' }, asked: { path: `/v1/calls/req-${randomUUID()}${rest}` } },
  ]

export const git =
  (rest: string, options: { service?: string } = {}): Cases =>
  ({ subjects, names }) => {
    const type = { 'Content-Type': `application/x-git-${options.service}-request` }
    const asked = (path: string) => ({
      path: `/git/${path}.git/${rest}`,
      ...(options.service === undefined ? {} : { body: '0000', headers: type }),
    })
    return [
      ...subjects.map((subject) => ({ what: nameOf(subject), thing: thingOf(subject), asked: asked(subject.path) })),
      { what: 'no algorithm', thing: { kind: 'missing' }, asked: asked(`${names.user}/Nothing`) },
    ]
  }

export const publishRequest =
  (verb: string): Cases =>
  ({ publishRequestId }) => [
    {
      what: 'request that was decided',
      thing: { kind: 'account', account: 'organization' },
      asked: { path: `/v1/publish-requests/${publishRequestId}/${verb}` },
      done: [409],
    },
    { what: 'no request', thing: { kind: 'missing' }, asked: { path: `/v1/publish-requests/${randomUUID()}/${verb}` } },
  ]

/** About each collection, and about one that is not there. */
export const collections =
  (
    rest: string,
    { body, done }: { readonly body?: (acl: readonly string[]) => string; readonly done?: readonly number[] } = {},
  ): Cases =>
  ({ collections: all, names }) => [
    ...all.map(
      ({ owner, readers, acl, path }): Case => ({
        what: `${owner}'s collection, open to ${readers}`,
        thing: { kind: 'collection', owner, readers },
        asked: { path: `${path}${rest}`, ...(body && { body: body(acl) }) },
        ...(done && { done }),
      }),
    ),
    {
      what: 'no collection',
      thing: { kind: 'missing' },
      asked: { path: `/v1/data/${names.user}/nothing${rest}`, ...(body && { body: body([]) }) },
    },
  ]

/** About the folders of accounts, and about one that is not there. */
export const dataOwners =
  ({ body, done }: { readonly body?: string; readonly done?: readonly number[] } = {}): Cases =>
  ({ names }) =>
    [...USERS, 'missing' as const].map((name) => ({
      what: name === 'missing' ? 'data of no account' : `data of the ${name}`,
      thing: name === 'missing' ? { kind: 'missing' } : { kind: 'account', account: name },
      asked: { path: `/v1/data/${name === 'missing' ? NOBODY : names[name]}`, ...(body !== undefined && { body }) },
      ...(done && { done }),
    }))

/** All that several makers make. */
export const every =
  (...makers: readonly Cases[]): Cases =>
  (scene) =>
    makers.flatMap((make) => make(scene))
