import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'
import { texts } from '../texts.ts'

interface Pair {
  readonly key: string
  readonly value: string
}

interface Props {
  readonly pairs: readonly Pair[]
  readonly add: string
  readonly keyLabel?: string
  readonly valueLabel?: string
  readonly most?: number
  onChange(pairs: readonly Pair[]): void
}

/** Rows of key and value. */
export function PairRows({
  pairs,
  add,
  keyLabel = texts.form.key,
  valueLabel = texts.form.value,
  most = 50,
  onChange,
}: Props) {
  const put = (index: number, change: Partial<Pair>) =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)))
  return (
    <AttributeEditor
      items={pairs}
      addButtonText={add}
      removeButtonText={texts.form.remove}
      disableAddButton={pairs.length >= most}
      onAddButtonClick={() => onChange([...pairs, { key: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(pairs.filter((_, at) => at !== detail.itemIndex))}
      definition={[
        {
          label: keyLabel,
          control: (pair, index) => (
            <Input value={pair.key} onChange={({ detail }) => put(index, { key: detail.value })} />
          ),
        },
        {
          label: valueLabel,
          control: (pair, index) => (
            <Input value={pair.value} onChange={({ detail }) => put(index, { value: detail.value })} />
          ),
        },
      ]}
    />
  )
}

/** Each key once, and none empty. */
export const pairsAreRight = (pairs: readonly Pair[]): boolean =>
  pairs.every(({ key }) => key.trim() !== '') && new Set(pairs.map(({ key }) => key)).size === pairs.length
