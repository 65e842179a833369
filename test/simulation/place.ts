/** Whose everything is, and where. */
export const account = '111122223333'
export const region = 'us-east-1'
