import Box from '@cloudscape-design/components/box'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { texts } from '../texts.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { useMeasurements } from './version-usage.ts'

const words = marketplaceTexts.measured

interface Props {
  readonly productId: string
  readonly optionId: string
}

/** What a version's certification has run and measured, with the profile's own data. */
export function Measured({ productId, optionId }: Props) {
  const query = useMeasurements(productId, optionId)
  return (
    <Loaded query={query}>
      {measured =>
        measured === null ? (
          <Box color="text-body-secondary">{words.none}</Box>
        ) : (
          <SimpleTable
            label={words.title}
            items={measured.controls}
            empty={words.none}
            columns={[
              { header: words.what, cell: ({ ControlId = '' }) => words.controls[ControlId] ?? ControlId },
              {
                header: words.result,
                cell: ({ Errors, ControlAssessmentResult: result }) =>
                  Errors?.[0]?.Message ?? (result === 'PASS' ? words.passed : words.unknown),
              },
              {
                header: words.instance,
                cell: ({ Errors }) =>
                  Errors?.[0]?.Scope?.find(({ Name }) => Name === 'INSTANCE_TYPE')?.Value ?? texts.none,
              },
            ]}
          />
        )
      }
    </Loaded>
  )
}
