import Box from '@cloudscape-design/components/box'
import { useSyncExternalStore } from 'react'
import { useSession } from '../session/session.ts'
import type { ListingSummary } from './discovery.ts'
import { ListingLink } from './listing-link.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'

/** What is kept of a product: enough for a link to it. */
type Saved = Pick<ListingSummary, 'listingId' | 'listingName'>

const most = 50
const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

/** What somebody else has written there is no list. */
function parse(text: string): readonly Saved[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list)
      ? list.filter(({ listingId, listingName }) => typeof listingId === 'string' && typeof listingName === 'string')
      : []
  } catch {
    return []
  }
}

/** The products that a person has saved, in this browser, by account: no API keeps them. Saving one again removes it. */
export function useSavedList(): [readonly Saved[], (listing: Saved) => void] {
  const session = useSession()
  const key = `saved-products-${typeof session === 'object' ? session.account : ''}`
  const text = useSyncExternalStore(subscribe, () => window.localStorage.getItem(key) ?? '[]')
  const saved = parse(text)
  const toggle = ({ listingId, listingName }: Saved) => {
    const others = saved.filter(each => each.listingId !== listingId)
    const next = others.length < saved.length ? others : [{ listingId, listingName }, ...saved].slice(0, most)
    window.localStorage.setItem(key, JSON.stringify(next))
    for (const listener of listeners) listener()
  }
  return [saved, toggle]
}

/** The saved products as links; nothing where there are none. */
export function SavedList() {
  const [saved] = useSavedList()
  if (saved.length === 0) return null
  return (
    <nav aria-label={marketplaceTexts.storefront.saved}>
      <Box variant="h3">{marketplaceTexts.storefront.saved}</Box>
      <ul>
        {saved.map(listing => (
          <li key={listing.listingId}>
            <ListingLink listing={listing} />
          </li>
        ))}
      </ul>
    </nav>
  )
}
