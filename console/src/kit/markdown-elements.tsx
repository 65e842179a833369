import MarkdownIt, { type Token } from 'markdown-it'
import { createElement, type ReactNode } from 'react'

/** CommonMark with tables; HTML in it is text. */
const parser = new MarkdownIt({ html: false, linkify: false })

/** What a text of others may become. Anything else is dropped, its text is kept; pictures are their description. */
const tags = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol li blockquote table thead tbody tr th td strong em s hr br pre code'.split(' '),
)

interface Open {
  readonly tag: string
  readonly href: string
  readonly children: ReactNode[]
}

/** A heading of a description stands below the heading of its section. */
const lowered = (tag: string): string => tag.replace(/^h([1-6])$/, (_, level) => `h${Math.min(6, Number(level) + 2)}`)

const isWeb = (href: string): boolean => /^https?:\/\//i.test(href)

function element({ tag, href, children }: Open, key: number): ReactNode {
  if (tag === 'a')
    return isWeb(href)
      ? createElement('a', { key, href, target: '_blank', rel: 'noopener noreferrer' }, ...children)
      : createElement('span', { key }, ...children)
  return tags.has(tag) ? createElement(lowered(tag), { key }, ...children) : createElement('span', { key }, ...children)
}

/** Elements of a flat list of tokens: nothing but React makes them, so that no text is ever read as HTML. */
function elements(tokens: readonly Token[]): ReactNode[] {
  const stack: Open[] = [{ tag: 'div', href: '', children: [] }]
  const add = (node: ReactNode) => stack.at(-1)?.children.push(node)
  tokens.forEach((token, key) => {
    if (token.nesting === 1) {
      stack.push({ tag: token.tag, href: String(token.attrGet('href') ?? ''), children: [] })
    } else if (token.nesting === -1) {
      const closed = stack.pop()
      if (closed) add(element(closed, key))
    } else if (token.type === 'inline') add(createElement('span', { key }, ...elements(token.children ?? [])))
    else if (token.type === 'fence' || token.type === 'code_block')
      add(createElement('pre', { key, tabIndex: 0 }, createElement('code', null, token.content)))
    else if (token.type === 'code_inline') add(createElement('code', { key }, token.content))
    else if (token.type === 'softbreak') add(' ')
    else if (token.type === 'hardbreak' || token.type === 'hr') add(createElement(token.tag, { key }))
    else add(token.content)
  })
  return stack[0]?.children ?? []
}

/** Markdown as elements. It loads nothing and runs nothing. */
const MarkdownElements = ({ text }: { readonly text: string }) => (
  <div className="markdown">{elements(parser.parse(text, {}))}</div>
)
export default MarkdownElements
