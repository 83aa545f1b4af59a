/**
 * The conversation of a server with the one that is to follow it, over the channel between a process and its child. Both
 * may be of different versions, so what is said here stays; a newer protocol gets another number.
 */

export const PROTOCOL = 2

/**
 * What a process is started with, as JSON after {@link SUCCESSOR_FLAG}: not said over the channel, so that it can go on alone
 * whenever the server dies that has started it.
 */
export interface Introduction {
  readonly protocol: number
  readonly url: string
  readonly port: number
}

/** From the server that runs, in this order. */
export type Told =
  /** Nothing changes any more until `go` is answered: read what there is. */
  | { readonly kind: 'frozen' }
  /** Accept connections. */
  | { readonly kind: 'go' }
  /** The lock of the data folder is free. */
  | { readonly kind: 'left' }

/** From the one that is to follow it, in this order. */
export type Said =
  /** Has found nothing that stops it, tried the sandbox, and read nothing that may change. */
  | { readonly kind: 'prepared' }
  /** Could answer requests; does, on its socket for peers. */
  | { readonly kind: 'ready'; readonly instance: string }
  | { readonly kind: 'serving' }
  /** Instead of any of them. */
  | { readonly kind: 'failed'; readonly message: string }

/** Descriptors that the child has beside its output. */
export const DESCRIPTORS = { channel: 3, listening: 4 } as const

/** The argument by which a process knows that it is to follow another; an {@link Introduction} comes after it. */
export const SUCCESSOR_FLAG = '--successor'
