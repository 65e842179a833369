import TopNavigation from '@cloudscape-design/components/top-navigation'
import { useState } from 'react'
import { regions, useRegion } from '../api/region.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import type { Who } from '../session/session.ts'
import { texts } from '../texts.ts'
import { accountMenu } from './account-menu.ts'
import { choose, density, visualMode } from './appearance.ts'

const words = texts.top

/** What is chosen has a tick, for eyes and for screen readers. */
const choice = (id: string, text: string, isChosen: boolean) => ({
  id,
  text,
  itemType: 'checkbox' as const,
  checked: isChosen,
})

export function TopBar({ who, search }: { readonly who: Who; search(): void }) {
  const [region, setRegion] = useRegion()
  const [, rerender] = useState(0)
  const settings = ({ detail }: CustomEvent<{ id: string }>) => {
    const [name, value] = detail.id.split(':')
    if (name === 'visual-mode' || name === 'density') choose(name, value as string)
    rerender(count => count + 1)
  }
  return (
    <header className="console-top" data-role-color={who.switched?.role.color ?? 'none'}>
      <TopNavigation
        identity={{
          href: pathTo('home'),
          title: texts.product,
          onFollow: event => {
            event.preventDefault()
            navigate(pathTo('home'))
          },
        }}
        utilities={[
          {
            type: 'button',
            iconName: 'search',
            title: texts.search.button,
            ariaLabel: texts.search.button,
            onClick: search,
          },
          {
            type: 'menu-dropdown',
            text: region,
            ariaLabel: `${words.region}: ${region}`,
            items: [...new Set([...regions, region])].map(id => choice(id, id, id === region)),
            onItemClick: ({ detail }) => setRegion(detail.id),
          },
          {
            type: 'menu-dropdown',
            iconName: 'settings',
            title: words.settings,
            ariaLabel: words.settings,
            items: [
              {
                id: 'visual-mode',
                text: words.visualMode,
                items: (['light', 'dark', 'browser'] as const).map(mode =>
                  choice(`visual-mode:${mode}`, words[mode], visualMode() === mode),
                ),
              },
              {
                id: 'density',
                text: words.density,
                items: (['comfortable', 'compact'] as const).map(one =>
                  choice(`density:${one}`, words[one], density() === one),
                ),
              },
            ],
            onItemClick: settings,
          },
          accountMenu(who),
        ]}
      />
    </header>
  )
}
