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
  const ask = (asked: AskedChange) => () => setDialog(<Ask id={data.id} asked={asked} close={close} />)
  return (
    <>
      <DetailsFrame
        title={data.name}
        actions={[
          { text: words.add, refusal, isPrimary: true, run: open(listChanges.approve) },
          { text: words.remove, refusal, run: open(listChanges.decline) },
          { text: words.changeAccounts, refusal, run: open(listChanges.addAccounts) },
          { text: words.removeAccounts, refusal, run: open(listChanges.removeAccounts) },
          { text: statusChange(data).verb, refusal, run: ask(statusChange(data)) },
          { text: words.branding, refusal, run: () => setDialog(<BrandingDialog experience={data} close={close} />) },
          {
            text: archiveChange(data).verb,
            refusal: data.status === 'Enabled' ? words.archiveFirst : undefined,
            run: ask(archiveChange(data)),
          },
        ]}
        sections={sectionsOf(data)}
      />
      {dialog}
    </>
  )
}

/** What is asked about before it is done. */
interface AskedChange {
  readonly verb: string
  readonly why: string
  readonly doing: string
  readonly done: string
  readonly change: readonly [type: string, details: object]
}

const statusChange = ({ status }: ExperienceView): AskedChange =>
  status === 'Enabled'
    ? {
        ...{ verb: words.disable, why: words.disableWhy, doing: words.disabling, done: words.disabled },
        change: ['UpdateExperience', { Status: 'Disabled' }],
      }
    : {
        ...{ verb: words.enable, why: words.enableWhy, doing: words.enabling, done: words.enabled },
        change: ['UpdateExperience', { Status: 'Enabled' }],
      }

const archiveChange = ({ isArchived }: ExperienceView): AskedChange =>
  isArchived
    ? {
        ...{ verb: words.reactivate, why: words.reactivateWhy, doing: words.reactivating, done: words.reactivateDone },
        change: ['ReviveExperience', {}],
      }
    : {
        ...{ verb: words.archive, why: words.archiveWhy, doing: words.archiving, done: words.archiveDone },
        change: ['RestrictExperience', {}],
      }

interface AskProps {
  readonly id: string
  readonly asked: AskedChange
  close(): void
}

const Ask = ({ id, asked: { verb, why, doing, done, change }, close }: AskProps) => (
  <Confirm
    title={`${verb}?`}
    text={why}
    verb={verb}
    onClose={close}
    onConfirm={() => void runTask({ doing, done, failed: words.failed, run: () => changeExperience(id, ...change) })}
  />
)

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
