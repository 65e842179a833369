/** What the image is to blame for: asking again changes nothing. `message` says what is wrong with it. */
export class ImageFault extends Error {
  override readonly name = 'ImageFault'
}
