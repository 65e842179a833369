import { Confirm } from '../kit/confirm.tsx'
import { runTask } from '../shell/notices.tsx'
import { type Account, openConsoleAs } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

/** Asks before the operator becomes somebody else. */
export const OpenConsole = ({ account, close }: { readonly account: Account; close(): void }) => (
  <Confirm
    title={`${words.openConsole} ${account.accountName}`}
    text={words.openWhy}
    verb={words.openConsole}
    onClose={close}
    onConfirm={() =>
      void runTask({
        ...{ doing: words.opening, done: words.opening, failed: words.openFailed },
        run: () => openConsoleAs(account),
      })
    }
  />
)
