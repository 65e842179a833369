import { IdentityPage } from './identity-page.tsx'

export default function RolePage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  return <IdentityPage kind="role" name={name} />
}
