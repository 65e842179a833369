import SideNavigation from '@cloudscape-design/components/side-navigation'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { navigationItems } from './navigation-items.ts'

export const Navigation = ({ at }: { readonly at: string }) => (
  <SideNavigation
    header={{ text: texts.product, href: pathTo('home') }}
    items={[...navigationItems]}
    activeHref={navigationItems
      .flatMap(section => section.items)
      .flatMap(group => group.items)
      .map(({ href }) => href)
      .find(href => at === href || at.startsWith(`${href}/`))}
    onFollow={follow}
  />
)
