import Box from '@cloudscape-design/components/box'
import { SimpleTable } from '../kit/simple-table.tsx'
import { texts } from '../texts.ts'
import { type FreeTrial, grantLeft, leastHoursLeft, type TrialGrant, trialDaysLeft } from './free-trial.ts'
import { marketplaceTexts } from './marketplace-texts.ts'

const words = marketplaceTexts.subscriptions

/** `12 days, 1.5 hours`: the hours are those of the dimension that has the fewest. */
export function trialWords(trial: FreeTrial | undefined): string {
  const days = trial && trialDaysLeft(trial, new Date())
  if (!trial || days === undefined) return texts.none
  const hours = leastHoursLeft(trial)
  return days === 0 || hours === undefined ? words.daysLeft(days) : `${words.daysLeft(days)}, ${words.hoursLeft(hours)}`
}

/** What is left of a trial, by dimension. */
export const TrialLeft = ({ trial }: { readonly trial: FreeTrial }) => (
  <>
    <Box>{words.daysLeft(trialDaysLeft(trial, new Date()) ?? 0)}</Box>
    <SimpleTable<TrialGrant>
      label={words.trialLeft}
      items={trial.grants}
      empty={texts.none}
      columns={[
        { header: words.dimension, cell: ({ dimensionKey }) => dimensionKey },
        { header: words.unit, cell: ({ unit }) => unit },
        { header: words.granted, cell: ({ granted }) => granted ?? words.unbounded },
        { header: words.used, cell: ({ used }) => Math.round(used * 100) / 100 },
        { header: words.left, cell: grant => grantLeft(grant) ?? words.unbounded },
      ]}
    />
  </>
)
