import { Unreachable } from './outgoing-request.ts'

export interface Mail {
  /** One address. */
  readonly to: string
  /** Whom it is from, beside the installation's own address. */
  readonly name: string
  readonly subject: string
  readonly text: string
}

/** Sends by the mail server that the operator has named. */
export interface Mailer {
  /** Throws MailRefused, Unreachable when the server cannot be talked to, Error when it cannot take it now. */
  send(mail: Mail): Promise<void>
  close(): void
}

/** The server will never take it. */
export class MailRefused extends Error {
  /** The reply code of SMTP. */
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface MailerOptions {
  /** `smtp://user:password@host:587` or `smtps://…`, with nodemailer's options in its query. */
  readonly url: string
  /** The address that mail is from. */
  readonly from: string
}

/** So much at once. */
const mostConnections = 4
const patienceMs = 15_000

/** Throws an Error for what is no URL of a mail server or no address; it does not tell the URL, which may hold a password. */
export function checkMailer({ url, from }: MailerOptions): void {
  const { protocol = '', hostname = '' } = URL.canParse(url) ? new URL(url) : {}
  if (!/^smtps?:$/.test(protocol) || hostname === '')
    throw new Error('The mail server must be given as smtp://HOST:PORT or smtps://HOST:PORT.')
  if (!isMailAddress(from)) throw new Error(`${from} is no address that mail could be from.`)
}

/** An address with a local part that needs no quotes and a domain. */
export const isMailAddress = (text: string): boolean =>
  text.length <= 254 &&
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i.test(text)

export function createMailer({ url, from }: MailerOptions): Mailer {
  const times = { connectionTimeout: patienceMs, greetingTimeout: patienceMs, socketTimeout: 2 * patienceMs }
  // What a mail consists of is given here: nothing of it is fetched.
  const safe = { disableFileAccess: true, disableUrlAccess: true }
  let transport: ReturnType<typeof open> | undefined
  // Not at the start: most installations send no mail.
  const open = async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport({ url, pool: true, maxConnections: mostConnections, ...times, ...safe } as object)
  }
  return {
    async send({ to, name, subject, text }) {
      transport ??= open()
      try {
        await (await transport).sendMail({ to, from: { name, address: from }, subject, text })
      } catch (error) {
        throw asOwn(error as Error & { code?: string; responseCode?: number })
      }
    },
    close: () => void transport?.then(opened => opened.close()),
  }
}

/** A refusal of one mail begins with 5; what concerns the server itself is told otherwise. */
function asOwn(error: Error & { code?: string; responseCode?: number }): Error {
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE')
    return new Unreachable(`The mail server cannot be used: ${error.message}`)
  const { responseCode = 0, message } = error
  return responseCode >= 500 ? new MailRefused(responseCode, message) : new Error(message)
}
