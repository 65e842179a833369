import { type ConfigFile, problemOf } from './config-file.ts'
import { type Setting, settings, variableOf } from './settings.ts'

/** A setting as it is in force. */
export interface InForce {
  readonly value: unknown
  /** As it was said; undefined where nothing is set. */
  readonly text: string | undefined
  /** `--port`, `MODELMART_PORT`, `modelmart.yaml:3` or `default`. */
  readonly from: string
}

export interface Sources {
  /** By name; a flag without a value is `true`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: ConfigFile
}

/** What a setting is: by its flag, else by the environment, else by the file, else by default. Throws an Error for what it cannot be. */
export function inForce(name: string, { flags, environment, file }: Sources): InForce {
  const setting = settings[name] as Setting
  const said = (text: string, from: string, base = '.'): InForce => {
    const value = setting.kind.parse(text, base)
    if (value === undefined) throw new Error(problemOf(from, setting))
    // A path is said as it is found from anywhere.
    return { value, text: typeof value === 'string' ? value : text, from }
  }
  const flag = flags[name]
  if (flag !== undefined) return said(String(flag), `--${name}`)
  const variable = environment[variableOf(name)]
  // An empty variable is as good as none: that is how one is unset in files of variables.
  if (variable) return said(variable, variableOf(name))
  const entry = file.entries.get(name)
  if (entry) return said(entry.text, entry.where, file.base)
  if (setting.default !== undefined) return said(setting.default, 'default')
  return { value: undefined, text: undefined, from: 'default' }
}
