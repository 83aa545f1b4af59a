/**
 * The Dropbox double as a process of its own: `node dropbox-double-program.ts '{"tokenLifetimeMs":1000}'`, with the options
 * of the double. Prints one line of JSON with its address and what opens its account, and ends with its standard input.
 */
import { type DropboxDoubleOptions, startDropboxDouble } from './dropbox-double.ts'

const double = await startDropboxDouble(JSON.parse(process.argv[2] ?? '{}') as DropboxDoubleOptions)
const { url, clientId, clientSecret, refreshToken } = double
const accessToken = double.issueAccessToken()
process.stdout.write(`${JSON.stringify({ url, clientId, clientSecret, accessToken, refreshToken })}\n`)
process.stdin.resume().once('close', () => void double.close())
