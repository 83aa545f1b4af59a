/** Parses what a git client sends: the address of a repository, the action, and Basic credentials. */

export interface GitRequest {
  readonly owner: string
  readonly name: string
  readonly action: 'read' | 'write'
  /** Path inside the repository: one of the three of the smart protocol. */
  readonly path: '/info/refs' | '/git-upload-pack' | '/git-receive-pack'
  readonly query: string
}

const target = /^\/git\/([A-Za-z][A-Za-z0-9_]*)\/([A-Za-z][A-Za-z0-9_]*?)(?:\.git)?(\/[a-z/-]+)$/

/**
 * The request that `/git/OWNER/NAME.git/…` stands for, or null for anything but the smart protocol: loose objects and
 * packs are never served as files.
 */
export function parseGitTarget(method: string, rawTarget: string): GitRequest | null {
  const [rawPath = '', query = ''] = rawTarget.split('?', 2)
  const [, owner = '', name = '', path = ''] = target.exec(rawPath) ?? []
  const service = path === '/info/refs' ? new URLSearchParams(query).get('service') : path.slice(1)
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return null
  const action = service === 'git-upload-pack' ? 'read' : 'write'
  if (path === '/info/refs') {
    return method === 'GET' ? { owner, name, action, path, query: `service=${service}` } : null
  }
  return method === 'POST' ? { owner, name, action, path: `/${service}`, query: '' } : null
}

/** User and password of a Basic `Authorization` header, or null. */
export function parseBasic(header: string | undefined): { user: string; password: string } | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
