import { navigate } from './location.ts'

/** For Cloudscape's `onFollow`: links of the console change the page, not the document; others stay links. */
export function follow(event: CustomEvent<{ href?: string | undefined; external?: boolean | undefined }>): void {
  const { href, external } = event.detail
  if (href === undefined || external || !href.startsWith('/console/')) return
  event.preventDefault()
  navigate(href)
}
