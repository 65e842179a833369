import type * as Sdk from '@aws-sdk/client-kms'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import { aliasOperations } from './alias.ts'
import { cryptographicOperations } from './cryptography.ts'
import { grantOperations } from './grant.ts'
import { keyOperations } from './key.ts'
import { keyPolicyOperations } from './key-policy.ts'
import type { KmsParts } from './key-row.ts'
import { tagOperations } from './kms-tag.ts'
import { kmsAccess } from './operation-access.ts'
import { rotationOperations } from './rotation.ts'

type KmsApi = SdkApi<typeof Sdk>

/** KMS's API over symmetric encryption keys. `checkPolicy` tells whether a text is a resource policy. */
export const createKmsService = (parts: KmsParts): Service =>
  service<KmsApi>({
    model: 'kms',
    operations: allAsk<KmsApi>((input, ctx, operation) => kmsAccess(parts, operation, input, ctx), {
      ...keyOperations(parts),
      ...keyPolicyOperations(parts),
      ...aliasOperations(parts),
      ...rotationOperations(parts),
      ...tagOperations(parts),
      ...grantOperations(parts),
      ...cryptographicOperations(parts),
    }),
  })
