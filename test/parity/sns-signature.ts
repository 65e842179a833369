import { verify, X509Certificate } from 'node:crypto'

/**
 * Whether a message is signed as AWS says, written from its document alone (SNS Developer Guide, "Verifying the signatures of Amazon SNS
 * messages"): the names in byte order, each with its value and a line feed after both, by the algorithm of the version, with the key of the certificate that
 * stands at the URL that the message names.
 */
export async function isGenuine(message: Readonly<Record<string, string>>): Promise<boolean> {
  const names =
    message.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
  const text = names.flatMap(name => (name in message ? [name, message[name]] : [])).map(line => `${line}\n`)
  const url = message.SigningCertURL ?? ''
  if (!/\/SimpleNotificationService-[0-9a-f]+\.pem$/.test(url)) throw new Error(`No certificate of SNS: ${url}`)
  const certificate = new X509Certificate(await (await fetch(url)).text())
  if (!certificate.verify(certificate.publicKey)) throw new Error('The certificate is not signed by its own key')
  const now = Date.now()
  if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime())
    throw new Error('The certificate does not hold now')
  const hash = { 1: 'sha1', 2: 'sha256' }[message.SignatureVersion ?? '']
  if (!hash) throw new Error(`SignatureVersion ${message.SignatureVersion}`)
  return verify(hash, Buffer.from(text.join('')), certificate.publicKey, Buffer.from(message.Signature ?? '', 'base64'))
}
