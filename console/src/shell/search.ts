import { type PageName, pathTo, patterns } from '../route/path-table.ts'
import { operator, pages } from './pages.ts'

export interface Found {
  readonly text: string
  /** What it is: `Training job`, or the area of a page. */
  readonly kind: string
  readonly href: string
}

/** Pages without a name in their path, whose titles or areas hold every word. */
export function findPages(asked: string, isOperator: boolean): Found[] {
  if (asked === '') return []
  const words = asked.toLowerCase().split(/\s+/)
  return (Object.keys(pages) as Exclude<PageName, 'signIn'>[])
    .filter(page => !patterns[page].includes(':') && (isOperator || pages[page].area !== operator))
    .map(page => {
      const { title = '', area, above } = pages[page]
      const kind = area ?? (above === undefined ? '' : (pages[above].area ?? ''))
      return { text: title, kind, href: pathTo(page as 'models') }
    })
    .filter(({ text, kind }) => words.every(word => `${text} ${kind}`.toLowerCase().includes(word)))
}
