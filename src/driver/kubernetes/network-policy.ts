import { shortHash } from '../container-identity.ts'
import { POD_LABEL, podSelector } from './pod-name.ts'

/**
 * A second wall, for clusters that enforce policies: nothing leaves the Pods of an installation but for one another. Which of them may
 * reach which is for each Pod's own network to say.
 */
export const networkPolicy = (installation: string) => {
  const [name = '', value = ''] = podSelector(installation).split('=')
  const podSelectorOf = { matchLabels: { [name]: value } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `mm-${shortHash(installation, 8)}`, labels: { [POD_LABEL.installation]: value } },
    spec: { podSelector: podSelectorOf, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: podSelectorOf }] }] },
  }
}
