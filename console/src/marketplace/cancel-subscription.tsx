import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Confirm } from '../kit/confirm.tsx'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { runTask } from '../shell/notices.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'
import { cancelAgreement } from './subscription.ts'

const words = marketplaceTexts.subscriptions

const running = [
  ['Endpoints', pathTo('endpoints')],
  ['Training jobs', pathTo('trainingJobs')],
  ['Batch transform jobs', pathTo('transformJobs')],
] as const

interface Props {
  readonly agreementId: string
  onClose(): void
}

/** Tells what goes on costing, and wants a word before it cancels. */
export const CancelSubscription = ({ agreementId, onClose }: Props) => (
  <Confirm
    title={`${words.cancel}?`}
    text={
      <SpaceBetween size="s">
        <div>{words.cancelText}</div>
        <SpaceBetween direction="horizontal" size="s">
          {words.running}
          {running.map(([text, href]) => (
            <Link key={href} href={href} onFollow={follow}>
              {text}
            </Link>
          ))}
        </SpaceBetween>
      </SpaceBetween>
    }
    verb={words.cancelVerb}
    word={{ label: words.cancelAsk, is: words.cancelWord }}
    onClose={onClose}
    onConfirm={() =>
      void runTask({
        doing: words.cancel,
        done: words.cancelled,
        failed: words.cancelFailed,
        run: () => cancelAgreement(agreementId),
      })
    }
  />
)
