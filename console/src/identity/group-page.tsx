import { IdentityPage } from './identity-page.tsx'

export default function GroupPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  return <IdentityPage kind="group" name={name} />
}
