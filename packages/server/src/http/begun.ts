/**
 * When the first bytes came of a call that the lane read first and then gave to node:http. The lane reads calls alone, so what is
 * noted is always for the call handler, which takes it.
 */
import type { Socket } from 'node:net'

const begun = new WeakMap<Socket, number>()

/** @param atMs monotonic */
export function noteBegun(socket: Socket, atMs: number): void {
  begun.set(socket, atMs)
}

/** Once; undefined for every request that node:http read from its first byte. */
export function takeBegun(socket: Socket): number | undefined {
  const atMs = begun.get(socket)
  if (atMs !== undefined) begun.delete(socket)
  return atMs
}
