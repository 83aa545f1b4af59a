/**
 * What an operation is: one entry of the REST API, written as data.
 *
 * The server routes, validates and serializes from it, OpenAPI and the reference page are printed from it, and the
 * conformance suite counts coverage with it. It owns no behaviour.
 */
import type { Static, TSchema } from 'typebox'
import type { ErrorName } from './errors.ts'
import type { ObjectRule } from './object-rules.ts'

/**
 * Who may call an operation (rest-api.md, legend of section 0). Several entries mean any of them.
 * `public` nobody needs credentials · `key` standard key or user token · `management` standard key with
 * `allow_algo_management` · `cookie` somebody who signed in, in a browser or with a user token · `admin` admin key, or an
 * administrator who signed in · `webhook` signed by the provider ·
 * `algorithm` only from inside a running algorithm.
 */
export type Who = 'public' | 'key' | 'management' | 'cookie' | 'admin' | 'webhook' | 'algorithm'

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** A reply body: a schema, or `empty` for none, or `bytes` for a body that is not JSON. */
export type ReplyShape = TSchema | 'empty' | 'bytes'

export interface Operation {
  /** camelCase, unique; the operationId of the OpenAPI document. */
  readonly id: string
  readonly method: HttpMethod
  /** Every path that reaches it, canonical first; parameters as `:name`. One handler serves all of them. */
  readonly paths: readonly string[]
  readonly who: readonly Who[]
  /** What the caller must be to the object that the path names. */
  readonly on: ObjectRule
  /** Groups operations on the reference page, such as `Algorithms`. */
  readonly tag: string
  readonly summary: string
  readonly query?: TSchema
  /** Request headers with a meaning of their own; every one is optional. */
  readonly headers?: TSchema
  /** Absent: a body is ignored. Empty, `null`, `{}` and `[]` bodies count as `{}` (rule H9). */
  readonly body?: TSchema
  /** The success replies by status; the first is the usual one. */
  readonly replies: { readonly [status: number]: ReplyShape }
  /** Errors beyond the common ones (NotAuthenticated, NotAuthorized, MalformedJson, InternalServerError). */
  readonly errors: readonly ErrorName[]
  /** Served from the socket by its own code (calls, data, git), not through the management API. */
  readonly raw?: true
  /** Changes nothing that somebody could ask after: it is not in the audit log. */
  readonly isUnrecorded?: true
  /** Not part of the original API: ours. */
  readonly addition?: true
}

/** The decoded body type of an operation. */
export type BodyOf<O extends Operation> = O extends { readonly body: infer S extends TSchema } ? Static<S> : undefined
type Names<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? Names<Head> | Names<Rest>
  : Path extends `:${infer Name}`
    ? Name
    : never
/** The path parameters of an operation: those of any of its paths, a string where every path has it. */
export type ParamsOf<O extends Operation> = { readonly [N in Names<O['paths'][number]>]?: string }

/** Declares an operation, keeping its literal types for `serve`. */
export function operation<const O extends Operation>(declared: O): O {
  return declared
}
