/** What is known of a request before its body. Every `IncomingMessage` is one, and so is what the lane reads (lane/head.ts). */
import type { IncomingMessage } from 'node:http'

export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'socket'> & {
  /** True when the same object stands for the next request on the connection with the same head: worth remembering. */
  readonly comesAgain?: boolean
}
