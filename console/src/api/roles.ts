import { ListRolesCommand, type Role } from '@aws-sdk/client-iam'
import { useQuery } from '@tanstack/react-query'
import { iam } from './iam.ts'

/** So many roles are looked at; an account that has more types the ARN. */
const most = 1000

/** The roles of the account that trust a service. */
export function useRolesFor(service: string) {
  return useQuery({
    queryKey: ['roles', service],
    queryFn: async () => {
      const roles: Role[] = []
      let Marker: string | undefined
      do {
        const page = await iam('us-east-1').send(new ListRolesCommand({ Marker, MaxItems: 500 }))
        roles.push(...(page.Roles ?? []))
        Marker = page.IsTruncated ? page.Marker : undefined
      } while (Marker !== undefined && roles.length < most)
      return roles.filter(role => decodeURIComponent(role.AssumeRolePolicyDocument ?? '').includes(`"${service}"`))
    },
  })
}
