/** Where an image stands in a registry: `localhost:8600/111111111111/trees/iris:1` and AWS's own form of it. */
export function imageOf(uri: string): { readonly repository: string; readonly tag: string } | undefined {
  const found = /^[^/]+\/(?:\d{12}\/)?([^:@]+)(?::([^@]+))?/.exec(uri)
  return found?.[1] === undefined ? undefined : { repository: found[1], tag: found[2] ?? 'latest' }
}
