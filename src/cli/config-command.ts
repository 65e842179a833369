import { unknownVariables } from '../config/settings.ts'
import { configText } from '../config/shown.ts'
import type { CommandContext } from './command-context.ts'
import type { Found } from './with-settings.ts'

/** `modelmart config`: what is in force and from where, as a file that could be used as it is; secrets are not shown. */
export function showConfig(found: Found, { environment, out, err }: CommandContext): void {
  out.write(configText(found))
  for (const name of unknownVariables(environment)) err.write(`modelmart: ${name} is no setting\n`)
}
