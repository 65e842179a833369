import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Loaded } from '../kit/loaded.tsx'
import type { PickerProps } from '../kit/pick-button.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { useSubscribedProducts } from '../marketplace/subscribed-product.ts'
import { useOwnAlgorithms } from '../sagemaker/algorithm.ts'
import { texts } from '../texts.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.picker

interface Choice {
  readonly name: string
  readonly arn: string
}

/** An algorithm: the account's own, or one that it is subscribed to. */
export default function AlgorithmPicker({ onChosen, close }: PickerProps) {
  const own = useOwnAlgorithms()
  const subscribed = useSubscribedProducts('algorithm')
  const choose = (arn: string) => {
    onChosen(arn)
    close()
  }
  return (
    <Modal visible size="large" header={words.title} closeAriaLabel={texts.form.close} onDismiss={close}>
      <SpaceBetween size="l">
        <Loaded query={own}>
          {all => (
            <Choices
              title={words.own}
              choose={choose}
              choices={all.map(({ AlgorithmName = '', AlgorithmArn = '' }) => ({
                ...{ name: AlgorithmName, arn: AlgorithmArn },
              }))}
            />
          )}
        </Loaded>
        <Loaded query={subscribed}>
          {all => (
            <Choices
              title={words.subscribed}
              choose={choose}
              choices={all.map(({ product, arn }) => ({ name: product, arn }))}
            />
          )}
        </Loaded>
      </SpaceBetween>
    </Modal>
  )
}

interface ChoicesProps {
  readonly title: string
  readonly choices: readonly Choice[]
  choose(arn: string): void
}

const Choices = ({ title, choices, choose }: ChoicesProps) => (
  <SimpleTable<Choice>
    label={title}
    items={choices}
    empty={words.none}
    columns={[
      { header: title, cell: ({ name }) => name },
      { header: 'ARN', cell: ({ arn }) => arn },
      {
        header: words.choose,
        cell: ({ name, arn }) => (
          <Button formAction="none" ariaLabel={words.chooseOne(name)} onClick={() => choose(arn)}>
            {words.choose}
          </Button>
        ),
      },
    ]}
  />
)
