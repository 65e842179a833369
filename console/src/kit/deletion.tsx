import { queryClient } from '../api/query-client.ts'
import { navigate } from '../route/location.ts'
import { runTask } from '../shell/notices.tsx'
import { Confirm } from './confirm.tsx'

export const deletionVerb = 'Delete'

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
    title={`Delete ${name}?`}
    text={text}
    verb={deletionVerb}
    onClose={onClose}
    onConfirm={async () => {
      const isDone = await runTask({
        doing: `Deleting ${name}`,
        done: `${name} is deleted.`,
        failed: `${name} was not deleted`,
        async run() {
          await run()
          await queryClient.invalidateQueries({ queryKey: [kind] })
        },
      })
      if (isDone && to !== undefined) navigate(to)
    }}
  />
)
