/**
 * Replies as JSON text: compact, members in the order of the schema, members that the schema does not name left out
 * (rest-api.md rule H15). A value that breaks its schema is a fault of ours and throws.
 *
 * Values are copied into order and then written in one go: `JSON.stringify` is quick with whole objects and slow with
 * thousands of single texts.
 */
import type { TSchema } from 'typebox'

type Arrange = (value: unknown) => unknown

/** The part of JSON Schema that reply shapes use. */
interface Shape {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
}

/** Collects its place on the way out, so that replies without fault pay nothing for knowing where they are. */
class Mismatch extends Error {
  where = ''
}

const arrangers = new WeakMap<object, Arrange>()

/**
 * Writes a reply body. Undefined members, and null ones where the schema has no null, are left out.
 * @throws TypeError naming the member when a required one is missing or a value has the wrong type
 */
export function serializeReply(shape: TSchema, value: unknown): string {
  try {
    return JSON.stringify(arrangerOf(shape as Shape)(value))
  } catch (error) {
    throw error instanceof Mismatch ? new TypeError(`Expected reply${error.where} to be ${error.message}`) : error
  }
}

/** Made once per schema: replies are written far more often than there are shapes. */
function arrangerOf(shape: Shape): Arrange {
  const known = arrangers.get(shape)
  if (known) return known
  const arrange = createArranger(shape)
  arrangers.set(shape, arrange)
  return arrange
}

function createArranger(shape: Shape): Arrange {
  if (shape.anyOf) return arrangeUnion(shape.anyOf)
  if (shape.properties) return arrangeObject(shape.properties, new Set(shape.required))
  if (shape.items) return arrangeList(shape.items)
  const allowed = shape.const === undefined ? shape.enum : [shape.const]
  return allowed ? arrangeChoice(allowed) : arrangeScalar(shape.type)
}

function arrangeObject(properties: Readonly<Record<string, Shape>>, required: ReadonlySet<string>): Arrange {
  const members = Object.entries(properties).map(([name, shape]) => ({
    name,
    step: `.${name}`,
    arrange: arrangerOf(shape),
    isRequired: required.has(name),
    takesNull: takesNull(shape),
  }))
  return (value) => {
    if (typeof value !== 'object' || value === null) throw mismatch('an object', value)
    const arranged: Record<string, unknown> = {}
    for (const { name, step, arrange, isRequired, takesNull } of members) {
      const member = (value as Record<string, unknown>)[name]
      const isThere = member !== undefined && (member !== null || takesNull)
      if (isThere) arranged[name] = at(step, arrange, member)
      else if (isRequired) throw placed(mismatch('a value', member), step)
    }
    return arranged
  }
}

function arrangeList(items: Shape): Arrange {
  const arrange = arrangerOf(items)
  return (value) => {
    if (!Array.isArray(value)) throw mismatch('an array', value)
    return value.map((item, index) => at(index, arrange, item))
  }
}

/** Reply shapes have unions of one shape and null only. */
function arrangeUnion(variants: readonly Shape[]): Arrange {
  const [shape = {}, ...others] = variants.filter((variant) => variant.type !== 'null')
  if (others.length > 0) throw new Error('A reply shape may be a union with null, no other union')
  const arrange = arrangerOf(shape)
  return (value) => (value === null ? null : arrange(value))
}

/** Clients made from the original specification refuse values outside its lists (rest-api.md 6.2). */
function arrangeChoice(allowed: readonly unknown[]): Arrange {
  return (value) => {
    if (allowed.includes(value)) return value
    throw mismatch(`one of ${JSON.stringify(allowed)}`, value)
  }
}

function arrangeScalar(type: string | undefined): Arrange {
  if (type === undefined) return (value) => value ?? null
  const article = type === 'integer' ? 'an' : 'a'
  const fits = type === 'integer' ? Number.isInteger : (value: unknown) => typeof value === type
  return (value) => {
    if (fits(value)) return value
    throw mismatch(`${article} ${type}`, value)
  }
}

const isFree = (shape: Shape): boolean => !shape.type && !shape.properties && !shape.enum

const takesNull = (shape: Shape): boolean => shape.anyOf?.some((variant) => variant.type === 'null') ?? isFree(shape)

/** Runs one step and, should it fail, notes where. */
function at(step: string | number, arrange: Arrange, value: unknown): unknown {
  try {
    return arrange(value)
  } catch (error) {
    throw placed(error, typeof step === 'number' ? `[${step}]` : step)
  }
}

function placed(error: unknown, step: string): unknown {
  if (error instanceof Mismatch) error.where = step + error.where
  return error
}

const mismatch = (expected: string, value: unknown): Mismatch =>
  new Mismatch(`${expected}, got ${value === null ? 'null' : typeof value}`)
