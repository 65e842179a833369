import { load } from '../model/load.ts'
import type { Service } from '../service/operation.ts'
import { aliasOperations } from './alias.ts'
import { cryptographicOperations } from './cryptography.ts'
import { grantOperations } from './grant.ts'
import { keyOperations } from './key.ts'
import { keyPolicyOperations } from './key-policy.ts'
import type { KmsParts } from './key-row.ts'
import { tagOperations } from './kms-tag.ts'
import { kmsAccess } from './operation-access.ts'
import { rotationOperations } from './rotation.ts'

/** KMS's API over symmetric encryption keys. `checkPolicy` tells whether a text is a resource policy. */
export const createKmsService = (parts: KmsParts): Service => ({
  model: load('kms'),
  operations: {
    ...keyOperations(parts),
    ...keyPolicyOperations(parts),
    ...aliasOperations(parts),
    ...rotationOperations(parts),
    ...tagOperations(parts),
    ...grantOperations(parts),
    ...cryptographicOperations(parts),
  },
  access: (operation, input, ctx) => kmsAccess(parts, operation, input, ctx),
})
