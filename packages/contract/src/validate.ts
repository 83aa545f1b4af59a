/**
 * Request bodies: forgiving about what clients add or leave empty (rest-api.md rule H9), precise about what is wrong.
 * Bytes are turned into JSON elsewhere.
 */
import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { ApiError, type ErrorName } from './errors.ts'
import type { BodyOf, Operation } from './operation.ts'

/** The part of JSON Schema that bodies are picked by. */
interface Shape {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
}

const validators = new WeakMap<TSchema, Validator>()
const MAX_QUOTED_LENGTH = 60

/** Errors that stand for "not the object we want" where an operation lists them, before `MalformedJson`. */
const WRONG_KIND: readonly ErrorName[] = [
  'MalformedUserJson',
  'MalformedOrganizationJson',
  'MalformedOrganizationHostInformationJson',
  'MalformedAlgorithmSecretRequestJson',
  'ScmBadCreatePayloadError',
  'ScmBadUpdatePayloadError',
  'ScmWebhookPayloadMalformedError',
]

/**
 * Checks a parsed body. Members that the operation does not know are dropped; so are optional ones that are null.
 * @param value parsed JSON; undefined, null and an empty array count as `{}`
 * @returns a new value that has the type of the operation's body
 * @throws ApiError by what the operation lists: MissingRequiredFields, InputValidationError or its Malformed… error
 */
export function validateBody<O extends Operation>(operation: O, value: unknown): BodyOf<O> {
  const schema: TSchema | undefined = operation.body
  if (!schema) return undefined as BodyOf<O>
  const body = pick(schema as Shape, isEmpty(value) && (schema as Shape).type === 'object' ? {} : value)
  const validator = validatorOf(schema)
  if (!validator.Check(body)) throw bodyError(operation, schema, body, validator.Errors(body))
  return body as Static<TSchema> as BodyOf<O>
}

/**
 * Checks a member whose form another member decides, in the way of {@link validateBody}.
 * @param name how messages call it
 * @throws ApiError InputValidationError
 */
export function validateMember<S extends TSchema>(schema: S, value: unknown, name: string): Static<S> {
  const member = pick(schema as Shape, value)
  const validator = validatorOf(schema)
  if (validator.Check(member)) return member as Static<S>
  const [error] = validator.Errors(member)
  throw new ApiError('InputValidationError', error && messageOf(error, schema, member, [name]))
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** Compiled on first use: most operations are never called. */
function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema)
  if (known) return known
  const validator = Compile(schema)
  validators.set(schema, validator)
  return validator
}

/** Copies what the schema knows; whatever does not fit is copied as it is, for the check to find. */
function pick(shape: Shape, value: unknown): unknown {
  const { items, properties, required = [] } = shape
  if (items && Array.isArray(value)) return value.map((item) => pick(items, item))
  if (!properties || !isObject(value)) return value
  const picked: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name) || (value[name] === null && !required.includes(name))) continue
    picked[name] = pick(member, value[name])
  }
  return picked
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function bodyError(
  operation: Operation,
  schema: TSchema,
  body: unknown,
  errors: readonly TLocalizedValidationError[],
): ApiError {
  const [error] = errors
  if (!error) return new ApiError('InputValidationError')
  const wrongKind = WRONG_KIND.find((name) => operation.errors.includes(name))
  if (error.instancePath === '' && error.keyword === 'type') {
    return new ApiError(
      wrongKind ?? 'MalformedJson',
      `Expected the body to be ${expectation(error)}, got ${kindOf(body)}`,
    )
  }
  const candidates: ErrorName[] = error.keyword === 'required' ? ['MissingRequiredFields'] : []
  candidates.push('InputValidationError', ...WRONG_KIND)
  const listed = candidates.find((name) => operation.errors.includes(name))
  return new ApiError(listed ?? 'InputValidationError', messageOf(error, schema, body))
}

/** Names the member, what was expected and what came (style: messages quote both). */
function messageOf(
  error: TLocalizedValidationError,
  schema: TSchema,
  body: unknown,
  within: readonly string[] = [],
): string {
  const path = error.instancePath.split('/').slice(1)
  if (error.keyword === 'required') {
    const [name = ''] = error.params.requiredProperties
    return `Expected the member '${[...within, ...path, name].join('.')}', got none`
  }
  const name = [...within, ...path].join('.')
  return `Expected ${name === '' ? 'the body' : `'${name}'`} to be ${expectation(error)}, got ${quote(memberAt(body, path), isSecret(schema as Shape, path))}`
}

function expectation(error: TLocalizedValidationError): string {
  if (error.keyword === 'type') return `of type ${error.params.type}`
  if (error.keyword === 'enum') return `one of ${error.params.allowedValues.map((value) => `'${value}'`).join(', ')}`
  if (error.keyword === 'const') return `'${error.params.allowedValue}'`
  return `a value that ${error.message}`
}

const memberAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value)

const isSecret = (shape: Shape, path: readonly string[]): boolean =>
  path.reduce<Shape | undefined>((at, name) => at?.items ?? at?.properties?.[name], shape)?.format === 'password'

/** Short scalars are repeated to the caller; secrets and long values are only named by their kind. */
function quote(value: unknown, hide: boolean): string {
  const text = typeof value === 'object' ? undefined : JSON.stringify(value)
  if (hide || text === undefined || text.length > MAX_QUOTED_LENGTH) return kindOf(value)
  return `${text} (${typeof value})`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
