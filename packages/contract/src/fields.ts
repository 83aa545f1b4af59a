/**
 * Short names for the schemas that operations are made of, so that none can forget its description and example. What
 * a member means is said where it is used.
 */
import Type, { type TObject, type TProperties, type TSchema } from 'typebox'

interface StringRules {
  readonly maxLength?: number
  readonly minLength?: number
  readonly pattern?: string
}

interface NumberRules {
  readonly minimum?: number
  readonly maximum?: number
}

export const text = (description: string, example: string, rules: StringRules = {}) =>
  Type.String({ description, examples: [example], ...rules })

/** A text that must not be repeated in messages or logs. */
export const secret = (description: string, example = '…', rules: StringRules = {}) =>
  Type.String({ description, examples: [example], format: 'password', ...rules })

export const uuid = (description: string) => text(description, 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e')

/** A full git commit id. */
export const commitSha = (description: string) => text(description, '9d2f1c5b7a3e4d6f8091a2b3c4d5e6f708192a3b')

/** A point in time as text (rest-api.md 1.10 gives each its own precision). */
export const time = (description: string, example = '2021-07-29T21:12:56.442Z') => text(description, example)

export const flag = (description: string, example = true) => Type.Boolean({ description, examples: [example] })

export const whole = (description: string, example: number, rules: NumberRules = {}) =>
  Type.Integer({ description, examples: [example], ...rules })

export const decimal = (description: string, example: number, rules: NumberRules = {}) =>
  Type.Number({ description, examples: [example], ...rules })

/** One of a few texts; the first is the example. */
export const choice = <const Values extends readonly [string, ...string[]]>(values: Values, description: string) =>
  Type.Enum<[...Values]>([...values], { description, examples: [values[0]] })

/** The same text always, such as a `resource_type`. */
export const always = <const Value extends string>(value: Value, description = 'Tells what kind of object this is') =>
  Type.Literal(value, { description, examples: [value] })

export const list = <Item extends TSchema>(items: Item, description: string, example?: readonly unknown[]) =>
  Type.Array(items, example ? { description, examples: [example] } : { description })

export const group = <Members extends TProperties>(description: string, members: Members): TObject<Members> =>
  Type.Object(members, { description })

/** A member that is always there and may be `null`. */
export const nullable = <Schema extends TSchema>(schema: Schema, description: string, example: unknown) =>
  Type.Union([schema, Type.Null()], { description, examples: [example] })

/** Any JSON value. */
export const anything = (description: string, example: unknown) => Type.Unknown({ description, examples: [example] })

/** A member that may be missing; in requests `null` means missing too. */
export const maybe = Type.Optional
