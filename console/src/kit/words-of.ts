/** The words of an API's name, as AWS's CLI and boto3 have them: `OpenIDConnect` is open, id, connect; `PolicyARNs` is policy, arns. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/([A-Z]{2,})s$/, (_, initials: string) => `_${initials.toLowerCase()}s`)
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/_+/)
    .filter(word => word !== '')
