import { type Command, Option } from 'commander'
import { readConfigFile } from '../config/config-file.ts'
import { type InForce, inForce } from '../config/in-force.ts'
import { type Setting, settings } from '../config/settings.ts'

/** The settings of a command as flags; `readSettings` gives them their values. Their checks and defaults are those of the table. */
export function withSettings(command: Command, of: readonly Setting['of'][] = ['installation']): Command {
  for (const [name, setting] of Object.entries(settings))
    if (of.includes(setting.of)) command.addOption(optionOf(name, setting))
  return command.option(
    '--config <path>',
    'file with settings; modelmart.yaml where the command is run, if there is one',
  )
}

function optionOf(name: string, setting: Setting): Option {
  const { kind, help, defaultSays, noFlag } = setting
  const byDefault = defaultSays ?? setting.default
  const words = byDefault && byDefault !== 'false' ? `${help} (default: ${byDefault.replaceAll('`', '')})` : help
  const option = new Option(kind.placeholder ? `--${name} <${kind.placeholder}>` : `--${name}`, words)
  return noFlag ? option.hideHelp() : option
}

/** What was found for each setting of a command, by name. */
export type Found = Readonly<Record<string, InForce>>

/**
 * Puts the values in force into the options of a command that is to be run. Throws an Error that names the flag, the variable or the
 * line of the file that says what cannot be.
 */
export async function readSettings(
  command: Command,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Found> {
  const options = command.options.filter(option => Object.hasOwn(settings, option.name()))
  if (options.length === 0) return {}
  const flags = Object.fromEntries(
    options.map(option => [option.name(), command.getOptionValue(option.attributeName())]),
  )
  const refused = options.find(option => option.hidden && flags[option.name()] !== undefined)
  if (refused) throw new Error(`${refused.name()} has no flag, which all users of this machine would see`)
  const named = command.getOptionValue('config') ?? (environment.MODELMART_CONFIG || undefined)
  const file = await readConfigFile(named, environment)
  const found = options.map(option => [option.name(), inForce(option.name(), { flags, environment, file })] as const)
  for (const [index, option] of options.entries())
    command.setOptionValue(option.attributeName(), found[index]?.[1].value)
  return Object.fromEntries(found)
}
