/** The HTTP client that Azure's SDK is given, so that every request goes through a `fetch` of ours and no proxy of the environment. */
import { Readable } from 'node:stream'
import type { HttpOperationResponse, IHttpClient, WebResource } from '@azure/storage-blob'

/** Bodies are text or bytes: the driver gives the SDK nothing else. */
export function createAzureHttpClient(fetch: typeof globalThis.fetch): IHttpClient {
  return {
    async sendRequest(request) {
      const { url, method, headers, body, abortSignal } = request
      const response = await fetch(url, {
        method,
        headers: headers.rawHeaders(),
        body: body ?? null,
        redirect: 'error',
        // The SDK knows a smaller interface; what it hands on is the signal that the driver gave it.
        signal: (abortSignal as AbortSignal | undefined) ?? null,
      })
      return asOperationResponse(request, response)
    },
  }
}

async function asOperationResponse(request: WebResource, response: Response): Promise<HttpOperationResponse> {
  const headers = request.headers.clone()
  for (const name of headers.headerNames()) headers.remove(name)
  for (const [name, value] of response.headers) headers.set(name, value)
  const { status, body } = response
  const answer = { request, headers, status }
  if (!isStreamed(request, status)) return { ...answer, bodyAsText: await response.text() }
  return { ...answer, readableStreamBody: body ? Readable.fromWeb(body) : Readable.from([]) }
}

function isStreamed({ streamResponseStatusCodes: streamed }: WebResource, status: number): boolean {
  return streamed?.has(status) === true || streamed?.has(Number.POSITIVE_INFINITY) === true
}
