/** A real SMTP server that keeps what it is sent. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { untilFound } from './until.ts'

export interface Mailbox {
  /** For ALGORIST_SMTP_URL. */
  readonly url: string
  /** The text of the next mail to this address, decoded. @throws Error when none comes */
  next(address: string): Promise<string>
  readonly count: number
  close(): Promise<void>
}

const WAIT_MS = 10_000

export async function openMailbox(): Promise<Mailbox> {
  const mails: { readonly to: readonly string[]; readonly text: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, text: plainText(Buffer.concat(parts).toString()) })
        done()
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo

  async function next(address: string): Promise<string> {
    const taken = () => {
      const at = mails.findIndex(({ to }) => to.includes(address))
      return at < 0 ? undefined : mails.splice(at, 1)[0]
    }
    const { text } = await untilFound(`mail to ${address}`, taken, { timeoutMs: WAIT_MS, everyMs: 20 })
    return text
  }

  return {
    url: `smtp://127.0.0.1:${port}`,
    next,
    get count() {
      return mails.length
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The mails of this server are plain text, at most quoted-printable. */
function plainText(mail: string): string {
  return mail
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}
