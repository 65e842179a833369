import type { TopNavigationProps } from '@cloudscape-design/components/top-navigation'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { signOut, switchBack, switchRole, type Who } from '../session/session.ts'
import { recentRoles, type SwitchedRole } from '../session/switched-role.ts'
import { texts } from '../texts.ts'
import { runTask } from './notices.tsx'

const words = texts.top

/** Whoever it is, in a word: the user, or the session of a role. */
const nameOf = ({ arn }: Who): string => (arn.endsWith(':root') ? words.root : (arn.split('/').at(-1) as string))
const placeOf = (who: Who): string => `${nameOf(who)} @ ${who.accountName}`
/** Root and users; sessions of roles have none of their own. */
const hasOwnKeys = ({ arn }: Who): boolean => /:(root|user\/.*)$/.test(arn)

const switchTo = (role: SwitchedRole) =>
  runTask({
    doing: words.switching(role.displayName),
    done: words.switched(role.displayName),
    failed: words.notSwitched,
    run: () => switchRole(role),
  })

/** Who is signed in, whose role they have, and what they may do about it; entries by AWS's names. */
export function accountMenu(who: Who): TopNavigationProps.Utility {
  const { role, from = who } = who.switched ?? {}
  const recent = recentRoles(from.arn)
  const does: Readonly<Record<string, () => void>> = {
    'switch-role': () => navigate(pathTo('switchRole')),
    'switch-back': switchBack,
    credentials: () => navigate(pathTo('securityCredentials')),
    'sign-out': () =>
      void runTask({ ...{ doing: words.signOut, done: words.signOut, failed: words.signOut }, run: signOut }),
    ...Object.fromEntries(recent.map((one, index) => [`recent-${index}`, () => void switchTo(one)])),
  }
  return {
    type: 'menu-dropdown',
    text: role ? role.displayName : placeOf(who),
    description: role ? words.signedInAs(placeOf(from)) : who.account,
    iconName: 'user-profile',
    items: [
      ...(hasOwnKeys(who) ? [{ id: 'credentials', text: words.credentials }] : []),
      { id: 'switch-role', text: texts.switchRole.title },
      ...(recent.length === 0
        ? []
        : [
            {
              ...{ id: 'recent', text: words.recent },
              items: recent.map(({ displayName }, index) => ({ id: `recent-${index}`, text: displayName })),
            },
          ]),
      ...(role ? [{ id: 'switch-back', text: words.switchBack }] : []),
      { id: 'sign-out', text: words.signOut },
    ],
    onItemClick: ({ detail }) => does[detail.id]?.(),
  }
}
