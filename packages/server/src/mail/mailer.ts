/** Mail to people, through the SMTP server that the operator named. Which mail is sent when is the features' business. */
import { createTransport } from 'nodemailer'
import type { Logger } from 'pino'

export interface Mail {
  readonly to: string
  readonly subject: string
  /** Plain text. */
  readonly text: string
}

export interface Mailer {
  /** False when no SMTP server is set; nothing is sent then. */
  readonly isReady: boolean
  /** Hands a mail over in the background; a failure is logged without its text, which may hold a secret link. */
  send(mail: Mail): void
  /** Waits for mails on their way. */
  close(): Promise<void>
}

export interface MailerOptions {
  /** Such as `smtps://user:password@mail.example.com`, or null. */
  readonly smtpUrl: string | null
  readonly from: string
  readonly log: Logger
}

const TIMEOUT_MS = 20_000

export function createMailer({ smtpUrl, from, log }: MailerOptions): Mailer {
  const limits = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
  const transport = smtpUrl === null ? null : createTransport({ url: smtpUrl, ...limits })
  const onTheWay = new Set<Promise<void>>()

  function send(mail: Mail): void {
    if (transport === null) return
    const sending = transport.sendMail({ from, ...mail }).then(
      () => log.info({ to: mail.to, subject: mail.subject }, 'mail sent'),
      (error) => log.error({ err: error, to: mail.to, subject: mail.subject }, 'mail could not be sent'),
    )
    onTheWay.add(sending)
    void sending.finally(() => onTheWay.delete(sending))
  }

  return {
    isReady: transport !== null,
    send,
    async close() {
      await Promise.all(onTheWay)
      transport?.close()
    },
  }
}
