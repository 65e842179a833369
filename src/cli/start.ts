import type { Logger } from 'pino'
import { unknownVariables } from '../config/settings.ts'
import type { ProvenDriver } from '../driver/proven-driver.ts'
import { isDiskFull } from '../ground/disk-full.ts'
import { parseNetworks } from '../outgoing/address-rules.ts'
import { checkMailer } from '../outgoing/mailer.ts'
import { type CommandContext, quietLog } from './command-context.ts'
import { engineSocket } from './engine-socket.ts'
import { requireOpenFiles } from './open-files.ts'
import { readSecret } from './read-secret.ts'

export interface StartOptions {
  readonly port: number
  readonly host: string
  readonly publicUrl?: string
  readonly peerUrl?: string
  readonly allowUnisolated: boolean
  readonly allowSignature2: boolean
  readonly allowPlainSignIn: boolean
  readonly accountRate: number
  readonly addressRate: number
  readonly metricsTokenFile?: string
  readonly awsNames: boolean
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly openidHosts: ReadonlySet<string>
  readonly containerHosts: ReadonlySet<string>
  readonly allowOutgoing: readonly string[]
  readonly smtpUrl?: string
  readonly mailFrom?: string
  readonly invokeWorkers: number
  readonly invokePort?: number
  readonly meteringSync: 'before' | 'after'
  readonly serverlessIdle: number
}

/** What the composition root gives to run a server. */
export type OpenServer = (options: {
  readonly data: string
  readonly database?: string | undefined
  readonly objects?: CommandContext['objects']
  readonly host: string
  readonly port: number
  readonly publicUrl?: string | undefined
  readonly peerUrl?: string | undefined
  readonly engineSocket: string
  readonly engineOutside?: boolean | undefined
  readonly cluster?: CommandContext['cluster']
  readonly rootSecret?: string
  readonly allowUnisolated: boolean
  readonly allowSignature2?: boolean
  readonly allowPlainSignIn?: boolean
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly awsNames?: boolean
  readonly openIdHosts?: ReadonlySet<string>
  readonly containerHosts?: ReadonlySet<string>
  readonly allowOutgoing?: readonly string[]
  readonly mail?: { readonly url: string; readonly from: string }
  readonly checkAnswers?: boolean
  readonly rates?: { readonly perAccount: number; readonly perAddress: number }
  readonly metricsToken?: string
  readonly callLedger?: string
  readonly invokeWorkers?: number
  readonly invokePort?: number | undefined
  readonly meteringSync?: 'before' | 'after'
  readonly serverlessIdleMs?: number
  readonly log: Logger
}) => Promise<{
  readonly url: string
  readonly lost: Promise<string>
  readonly driver: Pick<ProvenDriver, 'proof'>
  signInLinks(): Promise<readonly { readonly account: string; readonly link: string }[]>
  operatorLink(): Promise<string>
  settled(): Promise<void>
  close(): Promise<void>
}>

/** `modelmart start`: prints one line with `ready` and the URL, drains on SIGTERM or SIGINT, and exits 0. */
export async function start(options: StartOptions, context: CommandContext, openServer: OpenServer): Promise<void> {
  const { data, database, environment, out, err } = context
  const log = quietLog(context)
  try {
    for (const name of unknownVariables(environment)) log.warn({ variable: name }, 'this variable is no setting')
    requireOpenFiles()
    parseNetworks(options.allowOutgoing)
    const { port, host, allowUnisolated, allowSignature2, allowPlainSignIn, metricsTokenFile } = options
    const token = metricsTokenFile === undefined ? {} : { metricsToken: readSecret(metricsTokenFile) }
    const ledger = environment.MODELMART_CALL_LEDGER
    const server = await openServer({
      ...{ port, host, allowUnisolated, allowSignature2, allowPlainSignIn, ...token, ...tlsOf(options) },
      ...{ publicUrl: options.publicUrl, peerUrl: options.peerUrl },
      awsNames: options.awsNames,
      openIdHosts: options.openidHosts,
      containerHosts: options.containerHosts,
      allowOutgoing: options.allowOutgoing,
      ...mailOf(options),
      invokeWorkers: options.invokeWorkers,
      invokePort: options.invokePort,
      meteringSync: options.meteringSync,
      serverlessIdleMs: options.serverlessIdle * 1000,
      rates: { perAccount: options.accountRate, perAddress: options.addressRate },
      ...{ data, database, objects: context.objects, log },
      engineSocket: engineSocket(context),
      engineOutside: context.engineOutside,
      cluster: context.cluster,
      rootSecret: context.rootSecret,
      // Not for operators: tests set it.
      checkAnswers: environment.MODELMART_CHECK_ANSWERS === 'yes',
      ...(ledger && { callLedger: ledger }),
    })
    // Before it says that it is ready: who waits for that may end it at once.
    const asked = new Promise<string>(resolve => {
      // Kept to the end: a terminal and whoever started this may both pass the same signal on.
      for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => resolve(name))
    })
    if (!mailOf(options).mail) log.info('nothing is mailed: no mail server is named (--smtp-url)')
    out.write(`modelmart is ready at ${server.url}\n`)
    // To a person alone: whoever reads a file of what servers print need not be allowed to be anybody.
    if ('isTTY' in out && out.isTTY) out.write(await greeting(server))
    const reason = await Promise.race([asked, server.lost])
    log.info({ reason }, 'draining')
    await server.close()
    // What is drained is drained: nothing that still waits somewhere keeps the process.
    process.exit(0)
  } catch (error) {
    const disk = isDiskFull(error) ? `The disk of ${data} is full: ` : ''
    err.write(`modelmart: ${disk}${(error as Error).message}\n`)
    // What was opened already, such as the port, must not keep a process that serves nobody.
    process.exit(1)
  }
}

function mailOf({ smtpUrl: url, mailFrom: from }: StartOptions) {
  if (!url && !from) return {}
  if (!url || !from) throw new Error('Give --smtp-url and --mail-from together.')
  checkMailer({ url, from })
  return { mail: { url, from } }
}

function tlsOf({ tlsCert: cert, tlsKey: key }: StartOptions) {
  if (cert === undefined && key === undefined) return {}
  if (cert === undefined || key === undefined) throw new Error('Give --tls-cert and --tls-key together.')
  return { tls: { cert, key } }
}

async function greeting(server: Awaited<ReturnType<OpenServer>>): Promise<string> {
  const links = await server.signInLinks()
  if (links.length === 0)
    return `There is no account yet: the operator makes them, signed in once by ${await server.operatorLink()}\n`
  return links.map(({ account, link }) => `console, as ${account}, once: ${link}\n`).join('')
}
