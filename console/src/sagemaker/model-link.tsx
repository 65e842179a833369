import Link from '@cloudscape-design/components/link'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'

/** To the page of a model. */
export const ModelLink = ({ name }: { readonly name: string }) => (
  <Link href={pathTo('model', { name })} onFollow={follow}>
    {name}
  </Link>
)
