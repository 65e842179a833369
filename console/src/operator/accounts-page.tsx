import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { texts } from '../texts.ts'
import { CreateAccount } from './create-account.tsx'
import { OpenConsole } from './open-console.tsx'
import { type Account, accounts, timeOf } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'
import { SetQuota } from './set-quota.tsx'
import { SwitchAccount } from './switch-account.tsx'

const columns = asColumns<Account>([
  { header: words.name, cell: ({ accountName }) => accountName },
  { header: words.number, cell: ({ accountId }) => accountId },
  { header: words.role, cell: ({ isOperator }) => (isOperator ? words.operator : texts.none) },
  {
    header: words.state,
    cell: ({ disabledAt }) => <Status word={disabledAt === undefined ? 'Enabled' : 'Disabled'} />,
  },
  { header: words.createdAt, cell: ({ createdAt }) => time(timeOf(createdAt)) },
])

export default function AccountsPage() {
  const listing = useListing(accounts)
  return (
    <ResourceList
      words={words.accounts}
      listing={listing}
      columns={columns}
      nameOf={({ accountName }) => accountName}
      isFoundByName={false}
      createBy={close => <CreateAccount close={close} />}
      actions={[
        {
          text: words.openConsole,
          refusal: ({ disabledAt }) => (disabledAt === undefined ? undefined : words.isDisabled),
          ask: (account, close) => <OpenConsole account={account} close={close} />,
        },
        { text: words.quotas.set, ask: (account, close) => <SetQuota account={account} close={close} /> },
        {
          text: words.disable,
          refusal: ({ isOperator, disabledAt }) =>
            isOperator ? words.isOwn : disabledAt === undefined ? undefined : words.isDisabled,
          ask: (account, close) => <SwitchAccount account={account} disables close={close} />,
        },
        {
          text: words.enable,
          refusal: ({ disabledAt }) => (disabledAt === undefined ? words.isEnabled : undefined),
          ask: (account, close) => <SwitchAccount account={account} disables={false} close={close} />,
        },
      ]}
    />
  )
}
