import { type Match, type PageName, pathTo, patterns } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import {
  eventBridge,
  identity,
  keyService,
  marketplace,
  monitoring,
  notification,
  operator,
  pages,
  partner,
  registry,
  sagemaker,
  storage,
} from './pages.ts'

interface Crumb {
  readonly text: string
  readonly href: string
}

/** Where an area begins. */
const areas: Readonly<Record<string, PageName>> = {
  [sagemaker]: 'trainingJobs',
  [marketplace]: 'storefront',
  [registry]: 'repositories',
  [partner]: 'products',
  [operator]: 'accounts',
  [storage]: 'buckets',
  [monitoring]: 'logGroups',
  [eventBridge]: 'rules',
  [notification]: 'topics',
  [identity]: 'users',
  [keyService]: 'keys',
}

const home = { text: texts.frame.home, href: pathTo('home') }

/** The way to a page, itself last. */
export function breadcrumbs(match: Match | undefined): Crumb[] {
  if (!match || match.page === 'home' || match.page === 'signIn') return [home]
  return [home, ...wayTo(match.page, match.params.name ?? '')]
}

function wayTo(page: Exclude<PageName, 'signIn'>, name: string): Crumb[] {
  const { title = name, area, above } = pages[page]
  const own = { text: title, href: hrefOf(page, name) }
  const first = areas[area ?? '']
  if (first !== undefined && area !== undefined) return [{ text: area, href: hrefOf(first, '') }, own]
  return above === undefined ? [own] : [...wayTo(above, name), own]
}

const hrefOf = (page: PageName, name: string): string =>
  patterns[page].includes(':name') ? pathTo(page as 'model', { name }) : pathTo(page as 'models')
