import Tabs from '@cloudscape-design/components/tabs'
import type { ReactNode } from 'react'
import { useUrlState } from '../route/location.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.list

interface Props {
  readonly own: string
  readonly list: ReactNode
  readonly subscriptions: ReactNode
}

/** What an account has made, and what it is subscribed to. */
export function ProductTabs({ own, list, subscriptions }: Props) {
  const [tab, setTab] = useUrlState('tab', 'my-resources', value => value === 'subscriptions')
  return (
    <Tabs
      ariaLabel={words.tabs}
      activeTabId={tab}
      onChange={({ detail }) => setTab(detail.activeTabId)}
      tabs={[
        { id: 'my-resources', label: own, content: list },
        { id: 'subscriptions', label: words.subscriptions, content: subscriptions },
      ]}
    />
  )
}
