import Table from '@cloudscape-design/components/table'
import { texts } from '../texts.ts'

interface Props {
  readonly label: string
  readonly pairs: readonly (readonly [key: string, value: string])[]
}

/** Keys and values: hyperparameters, tags, environment variables. */
export const PairTable = ({ label, pairs }: Props) => (
  <Table
    variant="embedded"
    items={pairs}
    empty={texts.none}
    ariaLabels={{ tableLabel: label }}
    columnDefinitions={[
      { id: 'key', header: texts.form.key, cell: ([key]) => key, isRowHeader: true },
      { id: 'value', header: texts.form.value, cell: ([, value]) => value },
    ]}
  />
)
