import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { differingColumns } from './differing-columns.ts'
import { setInputWatch, useInputWatch } from './input-watch.ts'
import { inputWatchTexts as words } from './input-watch-texts.ts'

interface Props {
  readonly endpoint: string
  readonly variant: string
}

/** Of each variant whether its inputs are compared with those of certification, and what came of it. */
export default function InputWatches({
  endpoint,
  variants,
}: {
  readonly endpoint: string
  readonly variants: readonly string[]
}) {
  return (
    <SpaceBetween size="l">
      <Box color="text-body-secondary">{words.why}</Box>
      {variants.map(variant => (
        <Watch key={variant} endpoint={endpoint} variant={variant} />
      ))}
    </SpaceBetween>
  )
}

function Watch({ endpoint, variant }: Props) {
  const { data: watch, error } = useInputWatch(endpoint, variant)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  const set = (isOn: boolean) =>
    void runTask({
      ...(isOn ? words.starts(variant) : words.stops(variant)),
      run: () => setInputWatch(isOn, { region, endpoint, variant }),
    })
  if (error && watch === undefined) return <ErrorAlert error={error} />
  const button =
    watch === null ? (
      <Button ariaLabel={words.compareOf(variant)} onClick={() => set(true)}>
        {words.compare}
      </Button>
    ) : (
      <Button ariaLabel={words.stopOf(variant)} onClick={() => setAsks(true)}>
        {words.stop}
      </Button>
    )
  return (
    <div>
      <Header
        variant="h3"
        description={watch ? words.from(new Date(watch.comparedFrom * 1000)) : words.off}
        actions={watch !== undefined && button}
      >
        {variant}
      </Header>
      {watch && <Days variant={variant} windows={watch.windows} />}
      {asks && (
        <Confirm
          title={`${words.stopOf(variant)}?`}
          text={words.stopWhy}
          verb={words.stop}
          onClose={() => setAsks(false)}
          onConfirm={() => set(false)}
        />
      )}
    </div>
  )
}

type Windows = NonNullable<ReturnType<typeof useInputWatch>['data']>['windows']

const Days = ({ variant, windows }: { readonly variant: string; readonly windows: Windows }) => (
  <SimpleTable
    label={words.daysOf(variant)}
    items={windows}
    empty={words.none}
    columns={[
      { header: words.day, cell: ({ startsAt }) => words.dayOf(startsAt) },
      { header: words.status, cell: ({ status }) => <Status word={status} /> },
      {
        header: words.columns,
        cell: ({ status, columns }) => (status === 'COMPARED' ? differingColumns(columns) : texts.none),
      },
    ]}
  />
)
