import { readFileSync, writeFileSync } from 'node:fs'
import { settings, variableOf } from './settings.ts'

const document = new URL('../../docs/configuration.md', import.meta.url)
const [begin, end] = [
  '<!-- settings: made by `node src/config/settings-document.fixture.ts` -->',
  '<!-- end of settings -->',
]

function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const { kind, help, noFlag, defaultSays, of } = setting
    const byDefault = defaultSays ?? (setting.default ? `\`${setting.default}\`` : '')
    const flag = noFlag
      ? 'no flag'
      : kind.placeholder === undefined
        ? `\`--${name}\``
        : `\`--${name} ${kind.placeholder.toUpperCase()}\``
    return `| \`${name}\` | ${flag} | \`${variableOf(name)}\` | ${help} | ${kind.says} | ${byDefault} | ${of === 'server' ? '`start`' : 'all'} |`
  })
  const head = [
    '| In the file | Flag | Environment | | Must be | Default | Of |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  return [begin, '', ...head, ...rows, '', end].join('\n')
}

/** The document, and what it has to be. */
export function settingsDocument(): { is: string; ought: string } {
  const is = readFileSync(document, 'utf8')
  const [before, after] = [is.indexOf(begin), is.indexOf(end)]
  return { is, ought: is.slice(0, before) + settingsTable() + is.slice(after + end.length) }
}

if (import.meta.filename === process.argv[1]) writeFileSync(document, settingsDocument().ought)
