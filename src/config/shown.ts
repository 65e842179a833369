import type { InForce } from './in-force.ts'
import { type Setting, settings } from './settings.ts'

/** What is in force as a configuration file that says where each line is from; secrets are left out. */
export function configText(found: Readonly<Record<string, InForce>>): string {
  const lines = Object.entries(found).map(([name, { text, from }]) => {
    const setting = settings[name] as Setting
    if (text === undefined) return [`# ${name}:`, setting.defaultSays ? `by default ${setting.defaultSays}` : 'not set']
    const shown = withoutSecret(setting, text)
    return [shown === undefined ? `# ${name}: …` : `${name}: ${yamlScalar(shown)}`, from]
  })
  const width = Math.max(...lines.map(([left = '']) => left.length))
  return lines.map(([left = '', right]) => `${left.padEnd(Math.min(width, 48))}  # ${right}\n`).join('')
}

/** Undefined where nothing may be shown. */
function withoutSecret({ secret }: Setting, text: string): string | undefined {
  if (secret === undefined) return text
  if (secret === 'all' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.password) url.password = '…'
  for (const key of url.searchParams.keys()) if (/password|secret|key/i.test(key)) url.searchParams.set(key, '…')
  return decodeURI(url.href)
}

/** Plain where YAML reads it as the same text or number, else in double quotes, as JSON has them. */
const yamlScalar = (text: string): string =>
  /^[\w/.][\w/.:-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text)
