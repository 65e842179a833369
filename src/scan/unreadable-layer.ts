/** A layer's content is damaged, hostile or beyond the bounds of a scan; the message says what, as the end of a sentence. */
export class UnreadableLayer extends Error {}
