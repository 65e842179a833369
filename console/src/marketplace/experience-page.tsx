import Spinner from '@cloudscape-design/components/spinner'
import { type ReactNode, useState } from 'react'
import { Confirm } from '../kit/confirm.tsx'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { BrandingDialog } from './branding-dialog.tsx'
import { changeExperience, type DecidedProduct, type ExperienceView, useExperience } from './experience.ts'
import { type ListChange, ListDialog, listChanges } from './experience-dialogs.tsx'
import { privateTexts as words } from './private-texts.ts'

/** A private marketplace: whom it governs, and what they may subscribe to. */
export default function ExperiencePage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useExperience(name)
  const [dialog, setDialog] = useState<ReactNode>()
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const close = () => setDialog(undefined)
  const refusal = data.isArchived ? words.archived : undefined
  const open = (change: ListChange) => () => setDialog(<ListDialog id={name} change={change} close={close} />)
  return (
    <>
      <DetailsFrame
        title={data.name}
        actions={[
          { text: words.add, refusal, isPrimary: true, run: open(listChanges.approve) },
          { text: words.remove, refusal, run: open(listChanges.decline) },
          { text: words.changeAccounts, refusal, run: open(listChanges.addAccounts) },
          { text: words.removeAccounts, refusal, run: open(listChanges.removeAccounts) },
          {
            text: data.status === 'Enabled' ? words.disable : words.enable,
            refusal,
            run: () => setDialog(<Switch experience={data} close={close} />),
          },
          { text: words.branding, refusal, run: () => setDialog(<BrandingDialog experience={data} close={close} />) },
          {
            text: data.isArchived ? words.reactivate : words.archive,
            refusal: data.status === 'Enabled' ? words.archiveFirst : undefined,
            run: () => setDialog(<Archive experience={data} close={close} />),
          },
        ]}
        sections={sectionsOf(data)}
      />
      {dialog}
    </>
  )
}

const Switch = ({ experience: { id, status }, close }: { readonly experience: ExperienceView; close(): void }) => {
  const isOn = status === 'Enabled'
  const verb = isOn ? words.disable : words.enable
  return (
    <Confirm
      title={`${verb}?`}
      text={isOn ? words.disableWhy : words.enableWhy}
      verb={verb}
      onClose={close}
      onConfirm={() =>
        void runTask({
          doing: isOn ? words.disabling : words.enabling,
          done: isOn ? words.disabled : words.enabled,
          failed: words.failed,
          run: () => changeExperience(id, 'UpdateExperience', { Status: isOn ? 'Disabled' : 'Enabled' }),
        })
      }
    />
  )
}

const Archive = ({ experience: { id, isArchived }, close }: { readonly experience: ExperienceView; close(): void }) => {
  const verb = isArchived ? words.reactivate : words.archive
  return (
    <Confirm
      title={`${verb}?`}
      text={isArchived ? words.reactivateWhy : words.archiveWhy}
      verb={verb}
      onClose={close}
      onConfirm={() =>
        void runTask({
          doing: isArchived ? words.reactivating : words.archiving,
          done: isArchived ? words.reactivateDone : words.archiveDone,
          failed: words.failed,
          run: () => changeExperience(id, isArchived ? 'ReviveExperience' : 'RestrictExperience', {}),
        })
      }
    />
  )
}

function sectionsOf({ id, status, isArchived, allowed, denied, accounts, branding }: ExperienceView): DetailsSection[] {
  return [
    {
      title: words.about,
      facts: [
        { label: words.id, value: <CopyLine line={id} /> },
        { label: words.status, value: <Status word={isArchived ? 'Archived' : status} /> },
        { label: words.brandTitle, value: branding?.Title },
        { label: words.information, value: branding?.Information },
      ],
    },
    { title: words.products, content: <Products title={words.products} items={allowed} empty={words.noProducts} /> },
    { title: words.denied, content: <Products title={words.denied} items={denied} empty={words.noDenied} /> },
    {
      title: words.accounts,
      content: (
        <SimpleTable
          label={words.accounts}
          items={accounts}
          columns={[{ header: words.account, cell: account => account }]}
          empty={words.noAccounts}
        />
      ),
    },
  ]
}

interface ProductsProps {
  readonly title: string
  readonly items: readonly DecidedProduct[]
  readonly empty: string
}

const Products = ({ title, items, empty }: ProductsProps) => (
  <SimpleTable
    label={title}
    items={items}
    columns={[
      { header: words.product, cell: ({ name }) => name },
      { header: words.ids, cell: ({ id }) => id },
      { header: words.notes, cell: ({ notes }) => notes ?? texts.none },
    ]}
    empty={empty}
  />
)
