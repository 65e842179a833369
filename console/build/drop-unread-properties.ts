import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const theme = 'internal/base-theme/styles.scoped.css'
const tokens = 'internal/generated/styles/tokens.js'
const declaration = /(--[\w-]+):[^;{}]*(?:;|(?=\}))/g

/**
 * Leaves out of Cloudscape's theme, the largest of its styles, the properties that no style and no script of its components reads. What is
 * left depends on nothing but the installed package, so that a file of this name has always the same content.
 */
export function dropUnreadProperties(components: string): Plugin {
  return {
    name: 'drop-unread-properties',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      return id.includes(theme) ? dropUnread(code, readProperties(components)) : null
    },
  }
}

/** The properties that components read by themselves, in styles and in scripts. */
function readProperties(components: string): ReadonlySet<string> {
  const text = (pattern: string, but: RegExp) =>
    globSync(pattern, { cwd: components })
      .filter(name => !but.test(name))
      .map(name => readFileSync(join(components, name), 'utf8'))
      .join('\n')
  const styles = text('**/*.css', /base-theme\//)
  const scripts = text('**/*.js', /generated\/|test-utils\/|messages\//)
  const words = new Set(scripts.match(/\b[a-z]+[A-Z]\w*/g))
  // Scripts read a property by a constant that is named after it: `colorBackgroundControlDefault`.
  const constants = readFileSync(join(components, tokens), 'utf8').matchAll(/export var (\w+) = "var\((--[\w-]+)/g)
  return new Set([
    ...readIn(styles),
    ...(scripts.match(/--[\w-]+/g) ?? []),
    ...[...constants].flatMap(([, constant = '', name = '']) => (words.has(constant) ? [name] : [])),
  ])
}

/** Again and again: what only an unread property reads is unread. */
function dropUnread(style: string, isRead: ReadonlySet<string>): string {
  for (let before = style; ; ) {
    const own = readIn(before)
    const after = before.replaceAll(declaration, (whole, name: string) =>
      own.has(name) || isRead.has(name) ? whole : '',
    )
    if (after === before) return after
    before = after
  }
}

const readIn = (style: string): Set<string> =>
  new Set([...style.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name = '']) => name))
