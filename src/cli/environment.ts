import { listAccounts } from '../iam/account.ts'
import type { CommandContext } from './command-context.ts'
import { lastUrls, profileOf } from './installation.ts'
import { onInstallation } from './on-installation.ts'
import { defaultRegion, exportLines } from './profiles.ts'

/** `modelmart env NAME`: to be evaluated by a shell. With `awsNames` for clients that ask AWS's own names instead of one URL. */
export const printEnvironment = (
  name: string,
  { awsNames = false }: { readonly awsNames?: boolean },
  context: CommandContext,
): Promise<void> =>
  onInstallation(context, async installation => {
    const lines = exportLines(await profileOf(installation, name), await lastUrls(installation))
    if (!awsNames) return void context.out.write(`${lines}\n`)
    // Not with the others: it brings what makes certificates.
    const { awsNameLines } = await import('./aws-names.ts')
    const account = (await listAccounts(installation.store)).find(account => account.name === name)
    const keys = lines.split('\n').filter(line => !line.includes('AWS_ENDPOINT_URL'))
    context.out.write(`${[...keys, awsNameLines(context.data, defaultRegion, account?.id ?? '')].join('\n')}\n`)
  })
