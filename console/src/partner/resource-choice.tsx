import Link from '@cloudscape-design/components/link'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { follow } from '../route/follow.ts'
import { useOwnAlgorithms } from '../sagemaker/algorithm.ts'
import { useOwnPackages } from '../seller/product.ts'
import { partnerTexts } from './partner-texts.ts'

/** The account's algorithms that may be listed; one that is chosen stands in the address (`?arn=ARN`). */
export function OwnAlgorithms() {
  const query = useOwnAlgorithms()
  return (
    <Loaded query={query}>
      {all => (
        <Resources
          label={partnerTexts.listing.algorithms}
          resources={all.map(({ AlgorithmName = '', AlgorithmArn = '' }) => [AlgorithmName, AlgorithmArn])}
        />
      )}
    </Loaded>
  )
}

/** The same of model packages. */
export function OwnPackages() {
  const query = useOwnPackages()
  return (
    <Loaded query={query}>
      {all => (
        <Resources
          label={partnerTexts.listing.packages}
          resources={all.map(({ ModelPackageName = '', ModelPackageArn = '' }) => [ModelPackageName, ModelPackageArn])}
        />
      )}
    </Loaded>
  )
}

interface Props {
  readonly label: string
  readonly resources: readonly (readonly [name: string, arn: string])[]
}

const Resources = ({ label, resources }: Props) => (
  <SimpleTable
    label={label}
    items={resources}
    empty={partnerTexts.own.noResources}
    columns={[
      {
        header: label,
        cell: ([name, arn]) => (
          <Link href={`${window.location.pathname}?arn=${encodeURIComponent(arn)}`} onFollow={follow}>
            {name}
          </Link>
        ),
      },
      { header: 'ARN', cell: ([, arn]) => arn },
    ]}
  />
)
