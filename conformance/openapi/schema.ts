/**
 * A small validator for the schemas of the original OpenAPI document: the parts of JSON Schema that it uses, and one
 * that it does not ask for: members that a schema does not name are reported too.
 */

// biome-ignore lint/suspicious/noExplicitAny: a schema as the document has it, read member by member
export type Schema = any

export interface Violation {
  /** Where, as a JSON pointer with `*` for every index; empty for the whole. */
  readonly at: string
  /** The rule that is broken, such as `undeclared` or `enum`. */
  readonly rule: string
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  email: /^[^\s@]+@[^\s@]+$/,
}

export type Validate = (schema: Schema, value: unknown) => readonly Violation[]

/** @param document the whole document, which `$ref`s point into */
export function createValidator(document: Schema): Validate {
  function resolve(schema: Schema): Schema {
    if (schema?.$ref === undefined) return schema
    const found = schema.$ref
      .slice(2)
      .split('/')
      .reduce((at: Schema, name: string) => at?.[name], document)
    if (found === undefined) throw new Error(`Nothing at ${schema.$ref}`)
    return resolve(found)
  }

  function check(unresolved: Schema, value: unknown, at: string): Violation[] {
    const schema = resolve(unresolved)
    if (schema.oneOf) return checkOneOf(schema.oneOf, value, at)
    if (!hasType(schema, value)) return [{ at, rule: `type ${schema.type}` }]
    const own = checkScalar(schema, value).map((rule) => ({ at, rule }))
    if (Array.isArray(value)) return [...own, ...value.flatMap((item) => check(schema.items ?? {}, item, `${at}/*`))]
    return isObject(value) ? [...own, ...checkMembers(schema, value, at)] : own
  }

  /** The variant that fits best is the one that was meant. */
  function checkOneOf(variants: readonly Schema[], value: unknown, at: string): Violation[] {
    const outcomes = variants.map((variant) => check(variant, value, at))
    return outcomes.reduce((best, outcome) => (outcome.length < best.length ? outcome : best))
  }

  function checkMembers(
    { properties, required = [] }: Schema,
    value: Record<string, unknown>,
    at: string,
  ): Violation[] {
    const missing = required.filter((name: string) => !(name in value) && !resolve(properties[name])?.writeOnly)
    const found = missing.map((name: string): Violation => ({ at: `${at}/${name}`, rule: 'required' }))
    if (!properties) return found
    for (const [name, member] of Object.entries(value)) {
      const path = `${at}/${name}`
      if (!(name in properties)) found.push({ at: path, rule: 'undeclared' })
      else if (resolve(properties[name]).writeOnly) found.push({ at: path, rule: 'writeOnly' })
      else found.push(...check(properties[name], member, path))
    }
    return found
  }

  return (schema, value) => withoutRepetition(check(schema, value, ''))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function hasType({ type, properties }: Schema, value: unknown): boolean {
  switch (type ?? (properties ? 'object' : undefined)) {
    case undefined:
      return true
    case 'object':
      return isObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function checkScalar(schema: Schema, value: unknown): string[] {
  const { enum: allowed, format, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY, minimum } = schema
  const broken: string[] = []
  if (allowed && !allowed.includes(value)) broken.push('enum')
  if (typeof minimum === 'number' && typeof value === 'number' && value < minimum) broken.push('minimum')
  if (typeof value !== 'string') return broken
  if (FORMATS[format] && !FORMATS[format].test(value)) broken.push(`format ${format}`)
  if (pattern && !new RegExp(pattern).test(value)) broken.push('pattern')
  if (value.length < minLength || value.length > maxLength) broken.push('length')
  return broken
}

function withoutRepetition(violations: readonly Violation[]): Violation[] {
  return [...new Map(violations.map((each) => [`${each.at} ${each.rule}`, each])).values()]
}
