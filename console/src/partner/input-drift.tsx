import { useQuery } from '@tanstack/react-query'
import { askMarketplace } from '../api/marketplace.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { differingColumns } from '../sagemaker/differing-columns.ts'
import type { ComparedColumn } from '../sagemaker/input-watch.ts'
import { inputWatchTexts } from '../sagemaker/input-watch-texts.ts'
import type { OwnVersion } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.drift

interface Day {
  readonly version: string
  readonly startsAt: number
  readonly accounts: number
  readonly columns: readonly ComparedColumn[]
}

/** How far buyers' inputs differ from those of certification, by day, of all versions. */
export function InputDrift({
  productId,
  versions,
}: {
  readonly productId: string
  readonly versions: readonly OwnVersion[]
}) {
  const { data, error, isPending } = useQuery({
    queryKey: ['input-drift', productId],
    queryFn: async () => (await Promise.all(versions.map(version => daysOf(productId, version)))).flat(),
  })
  if (error && !data) return <ErrorAlert error={error} />
  return (
    <SimpleTable
      label={words.title}
      items={data ?? []}
      loading={isPending}
      empty={words.none}
      columns={[
        { header: partnerTexts.version.title, cell: ({ version }) => version },
        { header: inputWatchTexts.day, cell: ({ startsAt }) => inputWatchTexts.dayOf(startsAt) },
        { header: words.accounts, cell: ({ accounts }) => words.atLeast(accounts) },
        { header: inputWatchTexts.columns, cell: ({ columns }) => differingColumns(columns) },
      ]}
    />
  )
}

async function daysOf(productId: string, { VersionTitle: version = '', DeliveryOptions }: OwnVersion): Promise<Day[]> {
  const id = DeliveryOptions?.[0]?.Id
  if (id === undefined) return []
  const path = `/2026-11-29/products/${productId}/versions/${encodeURIComponent(id)}/inputDrift`
  const { windows } = await askMarketplace<{ windows: Omit<Day, 'version'>[] }>('GET', path)
  return windows.map(window => ({ ...window, version }))
}
