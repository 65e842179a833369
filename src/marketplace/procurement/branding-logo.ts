import { ChangeRefused } from '../catalog/change-refused.ts'
import type { ReadLogo } from '../catalog/logo.ts'
import { pictureSize } from '../catalog/picture-size.ts'

const mostBytes = 500_000

/** Throws ChangeRefused for what is no logo of a private marketplace, and for one that lies elsewhere: it is not fetched. */
export function checkBrandingLogo(logo: Awaited<ReturnType<ReadLogo>>): void {
  if (!logo) throw new ChangeRefused('INVALID_URL', 'Image could not be fetched from the input URL')
  if (logo.size > mostBytes || !(isPng(logo.content) || isSvg(logo.content)))
    throw new ChangeRefused(
      'INVALID_IMAGE',
      'Image verification for type, content, or file size failed. Only .png and .svg file types with sizes less than or equal to 500KB are supported.',
    )
}

const isPng = (content: Buffer): boolean =>
  content.subarray(1, 4).toString('latin1') === 'PNG' && pictureSize(content) !== undefined

const isSvg = (content: Buffer): boolean => {
  const text = content.toString().trimStart()
  return text.startsWith('<svg') || (text.startsWith('<?xml') && text.includes('<svg'))
}
