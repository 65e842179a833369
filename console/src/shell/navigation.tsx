import SideNavigation from '@cloudscape-design/components/side-navigation'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { navigationItems, operatorItems } from './navigation-items.ts'

export const Navigation = ({ at, isOperator }: { readonly at: string; readonly isOperator: boolean }) => (
  <SideNavigation
    header={{ text: texts.product, href: pathTo('home') }}
    items={[...(isOperator ? operatorItems : []), ...navigationItems]}
    activeHref={[...operatorItems, ...navigationItems]
      .flatMap(section => section.items)
      .flatMap(group => group.items)
      .map(({ href }) => href)
      .find(href => at === href || at.startsWith(`${href}/`))}
    onFollow={follow}
  />
)
