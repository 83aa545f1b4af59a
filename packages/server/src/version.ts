/** The version that this server reports; the repository's packages all carry the same one. */
import manifest from '../package.json' with { type: 'json' }

export const serverVersion: string = manifest.version
