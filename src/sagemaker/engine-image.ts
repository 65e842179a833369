import { ImageFault } from '../driver/image-fault.ts'
import { ServiceError } from '../ground/errors.ts'
import type { Platform } from '../service/context.ts'

/** Makes an image known to the engine and returns its reference. Throws a ServiceError of code `ClientError` for what the image is to blame for. */
export async function engineImage({ driver, images }: Platform, digest: string): Promise<string> {
  try {
    return await driver.ensureImage(await images.source(digest))
  } catch (error) {
    if (error instanceof ImageFault) throw new ServiceError('ClientError', error.message)
    throw error
  }
}
