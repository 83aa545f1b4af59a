/**
 * The management API's framework: routing and body reading by Fastify, with our own error bodies, no opinion on
 * content types (H6, H8, H9) and no path-length limits. Knows no feature.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Operation } from '@algorist/contract/operation.ts'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { Logger } from 'pino'
import { replyError } from './error-reply.ts'

/** Largest management body; logos and favicons have limits of their own below it. */
const maxBodyBytes = 10 * 1024 * 1024

export interface Management {
  readonly fastify: FastifyInstance
  /** Finishes registration; after it `handle` may be used. */
  ready(): Promise<void>
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

export function createManagement(log: Logger): Management {
  const instance = fastify({
    loggerInstance: log as never,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 64 * 1024 },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, log),
  }) as unknown as FastifyInstance
  instance.removeAllContentTypeParsers()
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  instance.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))
  instance.setNotFoundHandler((request, reply) => answerError(new ApiError('PathNotFound'), request, reply, log))
  return {
    fastify: instance,
    ready: async () => {
      await instance.ready()
    },
    handle(request, response) {
      // The framework refuses some odd content types by itself, and QUERY without one; ours are all read as JSON
      // whatever they say.
      const { headers, method } = request
      if (headers['content-type'] !== undefined || method === 'QUERY') headers['content-type'] = 'application/json'
      instance.routing(request, response)
    },
    close: () => instance.close(),
  }
}

/** Operations that are in the contract and not served yet answer 5005, so that nobody mistakes them for a typo. */
export function serveAsNotImplemented(instance: FastifyInstance, operation: Operation, paths: readonly string[]): void {
  for (const url of paths) {
    instance.route({
      method: operation.method,
      url,
      handler: () => {
        throw new ApiError('FeatureNotImplemented', `${operation.id} is part of the API but not served yet`)
      },
    })
  }
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  reply.hijack()
  const known = asApiError(error)
  replyError(request.raw, reply.raw, known, { log, flat: true, bare: isMissingAlgorithm(known, request) })
}

/** Only the plain GET has this form; other routes say the same in the usual envelope. */
function isMissingAlgorithm(error: unknown, request: FastifyRequest): boolean {
  const { operation } = request.routeOptions.config as { operation?: Operation }
  return (
    operation?.id === 'getAlgorithm' &&
    error instanceof ApiError &&
    (error.error === 'AlgorithmNameDoesNotExist' || error.error === 'AlgorithmIdDoesNotExist')
  )
}

/** The framework's own complaints, in the contract's words. */
function asApiError(error: unknown): unknown {
  switch ((error as { code?: string }).code) {
    case 'FST_ERR_BAD_URL':
      return new ApiError('InvalidRequest', 'The path is not valid: a % must be followed by two hexadecimal digits')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError('PayloadTooLarge', `The request body is larger than ${maxBodyBytes} bytes`)
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ApiError('InvalidRequest', 'The request body is not as long as Content-Length says')
    default:
      return error
  }
}
