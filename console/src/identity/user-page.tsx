import { IdentityPage } from './identity-page.tsx'

export default function UserPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  return <IdentityPage kind="user" name={name} />
}
