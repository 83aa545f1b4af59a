/** Which server process this is, among all that ever run on a data folder: what names a living one in rows and files. */

export interface Instance {
  /** Process id and start, such as `4711-mh2k8d1c`; never used again. */
  readonly id: string
  readonly startedAt: Date
}

export const thisInstance: Instance = makeInstance()

function makeInstance(): Instance {
  const startedAt = new Date(Date.now() - process.uptime() * 1000)
  return { id: `${process.pid}-${startedAt.getTime().toString(36)}`, startedAt }
}
