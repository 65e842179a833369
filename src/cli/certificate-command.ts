import { readFile } from 'node:fs/promises'
import { createCertificateSigner, verifyCertificate } from '../marketplace/catalog/signed-certificate.ts'
import type { CommandContext } from './command-context.ts'
import { onInstallation } from './on-installation.ts'

/** `modelmart certificate verify FILE`: what a certificate states and whose it is, without a server. Throws an Error for one that does not hold. */
export async function certificateVerify(
  file: string,
  { key }: { readonly key?: string },
  { out }: Pick<CommandContext, 'out'>,
): Promise<void> {
  const { statement, fingerprint } = verifyCertificate(await readFile(file, 'utf8'))
  if (key !== undefined && key.toLowerCase() !== fingerprint)
    throw new Error(`The certificate was signed by another installation: its key is ${fingerprint}`)
  out.write(`${JSON.stringify(statement, null, 2)}\n`)
  out.write(
    `The signature holds. It is by the key ${fingerprint}${key === undefined ? '; compare it with its operator' : ''}.\n`,
  )
}

/** `modelmart certificate key`: what readers of certificates know this installation by. */
export const certificateKey = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ rootSecret }) => {
    context.out.write(`${createCertificateSigner(rootSecret).fingerprint}\n`)
  })
