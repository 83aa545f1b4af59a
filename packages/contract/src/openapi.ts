/** The API as an OpenAPI 3.1 document, made of the operation list and the error table alone. */
import type { TSchema } from 'typebox'
import { ERRORS, type ErrorName } from './errors.ts'
import { OBJECT_RULES } from './object-rules.ts'
import type { Operation, ReplyShape, Who } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { PATH_PARAMETERS, parameterNames } from './path-parameters.ts'

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly schema: object
}

export interface OpenApiResponse {
  readonly description: string
  readonly content?: { readonly [type: string]: { readonly schema: object } }
}

export interface OpenApiOperation {
  /** Only on the canonical path: an id may occur once. */
  readonly operationId?: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security: readonly object[]
  /** Not part of the original API. */
  readonly 'x-algorist-addition'?: true
  readonly parameters: readonly OpenApiParameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: { readonly [type: string]: { readonly schema: object } }
  }
  readonly responses: { readonly [status: string]: OpenApiResponse }
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: { readonly [path: string]: { readonly [method: string]: OpenApiOperation } }
  readonly components: { readonly securitySchemes: object; readonly schemas: { readonly Error: object } }
}

const authorization = (description: string) => ({ type: 'apiKey', in: 'header', name: 'Authorization', description })

/** How each kind of caller proves who it is; a running algorithm needs nothing, so it has no scheme. */
const SECURITY_SCHEMES: Partial<Record<Who, { readonly name: string; readonly scheme: object }>> = {
  key: { name: 'ApiKey', scheme: authorization('`Simple <key>`, the bare key, or `Bearer <token>`') },
  management: { name: 'ManagementKey', scheme: authorization('A key that has `allow_algo_management`') },
  admin: { name: 'AdminKey', scheme: authorization('A key of an administrator') },
  cookie: { name: 'Session', scheme: { type: 'apiKey', in: 'cookie', name: 'ALGO_SESSION' } },
  webhook: { name: 'WebhookSignature', scheme: { type: 'apiKey', in: 'header', name: 'X-Hub-Signature' } },
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message'],
      properties: {
        id: { type: 'string', description: 'Quote it when you report a problem' },
        code: { type: 'integer', description: 'Number of the error', examples: [1001] },
        message: { type: 'string', description: 'What is wrong', examples: ['No such algorithm'] },
      },
    },
  },
}

const STATUS_TEXTS: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted; it is not done yet, or there is nothing to do',
  204: 'Done; there is no body',
  303: 'Go on at the address in `Location`',
}

/** @param options public base URL without a trailing slash, and version of the server */
export function openApiDocument(options: { readonly url: string; readonly version: string }): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Algorist API',
      version: options.version,
      description: 'Create, build, publish and call algorithms. Requests from a running algorithm need no credentials.',
    },
    servers: [{ url: options.url }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: describePaths(),
    components: {
      securitySchemes: Object.fromEntries(Object.values(SECURITY_SCHEMES).map(({ name, scheme }) => [name, scheme])),
      schemas: { Error: ERROR_SCHEMA },
    },
  }
}

/** Paths that differ in parameter names only are one path to OpenAPI; the first spelling stands for all. */
function describePaths(): OpenApiDocument['paths'] {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  const spellings = new Map<string, string>()
  for (const operation of OPERATIONS) {
    for (const path of operation.paths) {
      const shape = path.replace(/:\w+/g, '{}')
      const spelling = spellings.get(shape) ?? path
      spellings.set(shape, spelling)
      paths[spelling.replace(/:(\w+)/g, '{$1}')] ??= {}
      const methods = paths[spelling.replace(/:(\w+)/g, '{$1}')] ?? {}
      methods[operation.method.toLowerCase()] ??= describeOperation(operation, path, spelling)
    }
  }
  return paths
}

function describeOperation(operation: Operation, path: string, spelling: string): OpenApiOperation {
  const { id, paths, summary, tag } = operation
  const naming =
    path === paths[0]
      ? { operationId: id, description: `For: ${OBJECT_RULES[operation.on]}.` }
      : { description: `Another path of \`${id}\`.` }
  const requestBody = describeBody(operation)
  return {
    ...naming,
    summary,
    tags: [tag],
    security: describeSecurity(operation.who),
    ...(operation.addition && { 'x-algorist-addition': true as const }),
    parameters: [
      ...describePathParameters(path, spelling),
      ...describeMembers(operation.query, 'query'),
      ...describeMembers(operation.headers, 'header'),
    ],
    ...(requestBody && { requestBody }),
    responses: { ...describeReplies(operation), ...describeErrors(operation) },
  }
}

const describeSecurity = (who: readonly Who[]): object[] =>
  who.flatMap((kind) => (kind === 'public' ? [{}] : schemeRequirement(kind)))

/** Administrators may sign in as well. */
function schemeRequirement(kind: Who): object[] {
  const kinds: Who[] = kind === 'admin' ? ['admin', 'cookie'] : [kind]
  return kinds.flatMap((each) => {
    const name = SECURITY_SCHEMES[each]?.name
    return name ? [{ [name]: [] }] : []
  })
}

function describePathParameters(path: string, spelling: string): OpenApiParameter[] {
  const spelled = parameterNames(spelling)
  return parameterNames(path).map((name, index) => {
    const { description = '', example = '' } = PATH_PARAMETERS[name] ?? {}
    const schema = { type: 'string', examples: [example] }
    return { name: spelled[index] ?? name, in: 'path', required: true, description, schema }
  })
}

/** The members that the parts below need of a schema; TypeBox schemas are plain JSON Schema. */
export interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

function describeMembers(group: TSchema | undefined, where: 'query' | 'header'): OpenApiParameter[] {
  const { properties = {}, required = [] } = (group ?? {}) as JsonSchema
  return Object.entries(properties).map(([name, { description = '', ...schema }]) => {
    return { name, in: where, required: required.includes(name), description, schema }
  })
}

function describeBody({ body, method, raw }: Operation): OpenApiOperation['requestBody'] {
  if (body) {
    const required = ((body as JsonSchema).required ?? []).length > 0
    return { required, content: { 'application/json': { schema: body } } }
  }
  const takesBytes = raw && (method === 'POST' || method === 'PUT')
  return takesBytes ? { required: false, content: { '*/*': { schema: {} } } } : undefined
}

const describeReplies = ({ replies }: Operation): Record<string, OpenApiResponse> =>
  Object.fromEntries(Object.entries(replies).map(([status, shape]) => [status, describeReply(status, shape)]))

function describeReply(status: string, shape: ReplyShape): OpenApiResponse {
  const description = STATUS_TEXTS[status] ?? ''
  if (shape === 'empty') return { description }
  return shape === 'bytes'
    ? { description, content: { '*/*': { schema: {} } } }
    : { description, content: { 'application/json': { schema: shape } } }
}

const JSON_ERROR = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
/** git prints what it is answered, so it gets text. */
const PLAIN_ERROR = { 'text/plain': { schema: { type: 'string' } } }
/** Reading an algorithm that does not exist is told by a text alone (rest-api.md 7.7). */
const MISSING_ALGORITHM = {
  'application/json': {
    schema: {
      anyOf: [
        { $ref: '#/components/schemas/Error' },
        {
          type: 'object',
          required: ['error'],
          properties: { error: { type: 'string', examples: ['No such algorithm'] } },
        },
      ],
    },
  },
}

/** An id that is none reads as the name of an owner, so what is below an id answers as the algorithm itself would. */
function errorContent({ tag, method, errors }: Operation, status: number): NonNullable<OpenApiResponse['content']> {
  if (tag === 'git') return PLAIN_ERROR
  const readsAlgorithm = method === 'GET' && errors.includes('AlgorithmIdDoesNotExist')
  return readsAlgorithm && status === 404 ? MISSING_ALGORITHM : JSON_ERROR
}

/** One response per status that names the errors behind it. HEAD replies have no body (rule H18). */
function describeErrors(operation: Operation): Record<string, OpenApiResponse> {
  const responses: Record<string, OpenApiResponse> = {}
  for (const name of [...commonErrors(operation), ...operation.errors]) {
    const { status, code } = ERRORS[name]
    const before = responses[status]?.description
    const description = `${before ? `${before}, ` : ''}${name}${code ? ` (${code})` : ''}`
    const content = errorContent(operation, status)
    responses[status] = operation.method === 'HEAD' ? { description } : { description, content }
  }
  return responses
}

/** Errors that operations do not list themselves (rest-api.md 3). */
function commonErrors({ who, body, errors }: Operation): ErrorName[] {
  const common: ErrorName[] = ['InternalServerError']
  // Some of what everybody may use is refused to those who may not see the object, such as private data.
  const isRefused = who.some((kind) => kind !== 'public')
  if (isRefused) common.push('NotAuthorized')
  if (isRefused && !errors.includes('AuthorizationRequired')) common.push('NotAuthenticated')
  if (body) common.push('MalformedJson')
  return common
}
