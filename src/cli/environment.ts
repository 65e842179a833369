import type { CommandContext } from './command-context.ts'
import { lastUrl, openInstallation, profileOf } from './installation.ts'
import { exportLines } from './profiles.ts'

/** `modelmart env NAME`: to be evaluated by a shell. */
export async function printEnvironment(name: string, context: CommandContext): Promise<void> {
  const installation = await openInstallation(context)
  try {
    context.out.write(`${exportLines(await profileOf(installation, name), await lastUrl(installation))}\n`)
  } finally {
    await installation.store.close()
  }
}
