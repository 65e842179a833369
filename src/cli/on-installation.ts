import type { CommandContext } from './command-context.ts'
import { type Installation, openInstallation } from './installation.ts'

/** Opens the data directory for one command; what goes wrong is one line on stderr and exit code 1. */
export async function onInstallation(
  context: CommandContext,
  work: (at: Installation) => Promise<void>,
): Promise<void> {
  let installation: Installation | undefined
  try {
    installation = await openInstallation(context)
    await work(installation)
  } catch (error) {
    context.err.write(`modelmart: ${(error as Error).message}\n`)
    process.exitCode = 1
  } finally {
    await installation?.store.close()
  }
}
