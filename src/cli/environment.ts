import type { CommandContext } from './command-context.ts'
import { lastUrls, profileOf } from './installation.ts'
import { onInstallation } from './on-installation.ts'
import { exportLines } from './profiles.ts'

/** `modelmart env NAME`: to be evaluated by a shell. */
export const printEnvironment = (name: string, context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    context.out.write(`${exportLines(await profileOf(installation, name), await lastUrls(installation))}\n`)
  })
