import { queryClient } from '../api/query-client.ts'
import { Confirm } from '../kit/confirm.tsx'
import { runTask } from '../shell/notices.tsx'
import { type Account, accounts, askOperator } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

interface Props {
  readonly account: Account
  readonly disables: boolean
  close(): void
}

/** Asks before nobody signs as an account any more, or everybody does again. */
export function SwitchAccount({ account: { accountId, accountName }, disables, close }: Props) {
  const verb = disables ? words.disable : words.enable
  return (
    <Confirm
      title={`${verb} ${accountName}?`}
      text={disables ? words.disableWhy : words.enableWhy}
      verb={verb}
      onClose={close}
      onConfirm={() =>
        void runTask({
          ...{ doing: `${verb} ${accountName}`, failed: words.switchFailed },
          done: disables ? words.disabled(accountName) : words.enabled(accountName),
          async run() {
            await askOperator('POST', `/accounts/${accountId}/${disables ? 'disable' : 'enable'}`, {})
            await queryClient.invalidateQueries({ queryKey: [accounts.kind] })
          },
        })
      }
    />
  )
}
