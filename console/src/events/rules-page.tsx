import { DisableRuleCommand, EnableRuleCommand } from '@aws-sdk/client-eventbridge'
import { events } from '../api/events.ts'
import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { useListing } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { eventsTexts as words } from './events-texts.ts'
import { deleteRule, type RuleWithTargets, rules } from './rule.ts'

const nameOf = ({ Name = '' }: RuleWithTargets): string => Name

const columns = asColumns<RuleWithTargets>([
  { header: words.rule, cell: nameOf },
  { header: words.state, cell: ({ State }) => <Status word={State} /> },
  { header: words.when, cell: ({ EventPattern, ScheduleExpression }) => ScheduleExpression ?? EventPattern },
  { header: words.targets, cell: ({ targets }) => targets.join(', ') || texts.none },
  { header: words.description, cell: ({ Description }) => Description ?? texts.none },
])

export default function RulesPage() {
  const listing = useListing(rules)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words.rules}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      actions={[
        {
          text: words.enable,
          refusal: ({ State }) => (State === 'ENABLED' ? words.isEnabled : undefined),
          run: rule => void turn(region, nameOf(rule), true),
        },
        {
          text: words.disable,
          refusal: ({ State }) => (State === 'DISABLED' ? words.isDisabled : undefined),
          run: rule => void turn(region, nameOf(rule), false),
        },
        {
          text: deletionVerb,
          ask: (rule, close) => (
            <Deletion
              name={nameOf(rule)}
              text={words.ruleDeletion}
              kind={rules.kind}
              run={() => deleteRule(region, nameOf(rule))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}

/** Enables or disables a rule, and tells of it. */
const turn = (region: string, Name: string, on: boolean) =>
  runTask({
    doing: `${on ? words.enable : words.disable} ${Name}`,
    done: on ? words.enabled(Name) : words.disabled(Name),
    failed: `${Name} is as it was`,
    async run() {
      await (on
        ? events(region).send(new EnableRuleCommand({ Name }))
        : events(region).send(new DisableRuleCommand({ Name })))
      await queryClient.invalidateQueries({ queryKey: [rules.kind] })
    },
  })
