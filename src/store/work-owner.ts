/** Who takes turns with others for a wish: the account of the ARN that is its key, or the kind where the key is none. */
export const ownerOf = (kind: string, key: string): string => /^arn:[^:]*:[^:]*:[^:]*:(\d+):/.exec(key)?.[1] ?? kind
