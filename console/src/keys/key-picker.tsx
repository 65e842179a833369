import { type AliasListEntry, ListAliasesCommand } from '@aws-sdk/client-kms'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import { useQuery } from '@tanstack/react-query'
import { kms } from '../api/kms.ts'
import { useRegion } from '../api/region.ts'
import { Loaded } from '../kit/loaded.tsx'
import type { PickerProps } from '../kit/pick-button.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { texts } from '../texts.ts'
import { keysTexts as words } from './keys-texts.ts'

/** So many aliases are offered, the most that one answer has; a key that is not among them is typed. */
const Limit = 100

/** A key of the account in this region, by its alias. */
export default function KeyPicker({ onChosen, close }: PickerProps) {
  const [region] = useRegion()
  const query = useQuery({
    queryKey: ['keys', region, 'choices'],
    queryFn: async () => (await kms(region).send(new ListAliasesCommand({ Limit }))).Aliases ?? [],
  })
  const choose = (alias: string) => {
    onChosen(alias)
    close()
  }
  return (
    <Modal visible size="large" header={words.browse} closeAriaLabel={texts.form.close} onDismiss={close}>
      <Loaded query={query}>
        {aliases => (
          <SimpleTable<AliasListEntry>
            label={words.browse}
            items={aliases.filter(({ TargetKeyId }) => TargetKeyId !== undefined)}
            empty={words.noAliases}
            columns={[
              { header: words.aliases, cell: ({ AliasName }) => AliasName },
              { header: words.id, cell: ({ TargetKeyId }) => TargetKeyId },
              {
                header: words.choose,
                cell: ({ AliasName = '' }) => (
                  <Button formAction="none" ariaLabel={words.chooseKey(AliasName)} onClick={() => choose(AliasName)}>
                    {words.choose}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </Modal>
  )
}
