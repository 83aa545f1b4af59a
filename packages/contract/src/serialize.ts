/**
 * Replies as JSON text: compact, members in the order of the schema, members that the schema does not name left out
 * (rest-api.md rule H15). A value that breaks its schema is a fault of ours and throws.
 */
import type { TSchema } from 'typebox'

type Write = (value: unknown, where: string) => string

/** The part of JSON Schema that reply shapes use. */
interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
}

const writers = new WeakMap<object, Write>()

/**
 * Writes a reply body. Undefined members, and null ones where the schema has no null, are left out.
 * @throws Error naming the member when a required one is missing or a value has the wrong type
 */
export const serializeReply = (shape: TSchema, value: unknown): string => writerOf(shape as Shape)(value, 'reply')

/** Built once per schema: replies are written far more often than there are shapes. */
function writerOf(shape: Shape): Write {
  const known = writers.get(shape)
  if (known) return known
  const write = createWriter(shape)
  writers.set(shape, write)
  return write
}

function createWriter(shape: Shape): Write {
  if (shape.anyOf) return unionWriter(shape.anyOf)
  if (shape.properties) return objectWriter(shape.properties, new Set(shape.required))
  if (shape.items) return arrayWriter(shape.items)
  return scalarWriter(shape.type)
}

function objectWriter(properties: Readonly<Record<string, Shape>>, required: ReadonlySet<string>): Write {
  const members = Object.entries(properties).map(([name, shape]) => ({
    name,
    label: `${JSON.stringify(name)}:`,
    write: writerOf(shape),
    isRequired: required.has(name),
    takesNull: takesNull(shape),
  }))
  return (value, where) => {
    if (typeof value !== 'object' || value === null) return fail(where, 'an object', value)
    let text = ''
    for (const { name, label, write, isRequired, takesNull } of members) {
      const member = (value as Record<string, unknown>)[name]
      if (member === undefined || (member === null && !takesNull)) {
        if (isRequired) fail(`${where}.${name}`, 'a value', member)
        continue
      }
      text += `${text && ','}${label}${write(member, `${where}.${name}`)}`
    }
    return `{${text}}`
  }
}

function arrayWriter(items: Shape): Write {
  const write = writerOf(items)
  return (value, where) => {
    if (!Array.isArray(value)) return fail(where, 'an array', value)
    return `[${value.map((item, index) => write(item, `${where}[${index}]`)).join(',')}]`
  }
}

/** Reply shapes have unions of one shape and null only. */
function unionWriter(variants: readonly Shape[]): Write {
  const [shape = {}, ...others] = variants.filter((variant) => variant.type !== 'null')
  if (others.length > 0) throw new Error('A reply shape may be a union with null, no other union')
  const write = writerOf(shape)
  return (value, where) => (value === null ? 'null' : write(value, where))
}

function scalarWriter(type: string | undefined): Write {
  if (type === undefined) return (value) => JSON.stringify(value ?? null)
  const expected = type === 'integer' ? 'number' : type
  const article = type === 'integer' ? 'an' : 'a'
  return (value, where) => {
    const fits = typeof value === expected && (type !== 'integer' || Number.isInteger(value))
    return fits ? JSON.stringify(value) : fail(where, `${article} ${type}`, value)
  }
}

const takesNull = (shape: Shape): boolean =>
  shape.anyOf?.some((variant) => variant.type === 'null') ?? (!shape.type && !shape.properties)

function fail(where: string, expected: string, value: unknown): never {
  throw new TypeError(`Expected ${where} to be ${expected}, got ${value === null ? 'null' : typeof value}`)
}
