import { Confirm } from '../kit/confirm.tsx'
import { runTask } from '../shell/notices.tsx'
import { stopEvaluation } from './evaluation.ts'
import { evaluationTexts as words } from './evaluation-texts.ts'

export const StopEvaluation = ({ id, close }: { readonly id: string; close(): void }) => (
  <Confirm
    title={`${words.stop} ${id}?`}
    text={words.stopWhy}
    verb={words.stop}
    onClose={close}
    onConfirm={() =>
      void runTask({
        ...{ doing: words.stopping, done: words.stopped, failed: words.failed },
        run: () => stopEvaluation(id),
      })
    }
  />
)
