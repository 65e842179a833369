import Box from '@cloudscape-design/components/box'

/** A document to be read: a policy, an event. Long lines go on below. */
export const JsonText = ({ content }: { readonly content: unknown }) => (
  <div className="json-text">
    <Box variant="pre">{JSON.stringify(content, null, 2)}</Box>
  </div>
)
