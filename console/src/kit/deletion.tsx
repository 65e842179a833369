import { queryClient } from '../api/query-client.ts'
import { navigate } from '../route/location.ts'
import { runTask } from '../shell/notices.tsx'
import { Confirm } from './confirm.tsx'
import { kitTexts } from './kit-texts.ts'

const words = kitTexts.deletion
export const deletionVerb = words.verb

interface Props {
  readonly name: string
  /** What goes with it, and what stays. */
  readonly text: string
  /** Of its list, which is asked again. */
  readonly kind: string
  /** Where to go when it is gone. */
  readonly to?: string
  run(): Promise<unknown>
  onClose(): void
}

/** Asks, deletes, and tells of it. */
export const Deletion = ({ name, text, kind, to, run, onClose }: Props) => (
  <Confirm
    title={words.ask(name)}
    text={text}
    verb={deletionVerb}
    onClose={onClose}
    onConfirm={async () => {
      const isDone = await runTask({
        doing: words.doing(name),
        done: words.done(name),
        failed: words.failed(name),
        async run() {
          await run()
          await queryClient.invalidateQueries({ queryKey: [kind] })
        },
      })
      if (isDone && to !== undefined) navigate(to)
    }}
  />
)
