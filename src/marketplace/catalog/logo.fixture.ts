/** The head of a picture that is fit for a logo: as much of a PNG as is looked at. */
export const fineLogo = (() => {
  const content = Buffer.alloc(24)
  content.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  content.writeUInt32BE(128, 16)
  content.writeUInt32BE(128, 20)
  return { size: content.length, content }
})()

/** Where the products of tests have it. */
export const storyLogo = 'https://example.com/iris.png'
