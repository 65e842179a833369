/** A naive Bayes classifier of short texts: how often each word stands in texts of each topic. */
const wordsOf = text => text.toLowerCase().match(/\p{L}+/gu) ?? []

/** Learns from rows of [topic, text]; `smoothing` is what an unseen word counts. */
export const learn = (rows, smoothing) => {
  const topics = {}
  const vocabulary = new Set()
  for (const [name, text] of rows) {
    topics[name] ??= { texts: 0, total: 0, words: {} }
    const topic = topics[name]
    topic.texts++
    for (const word of wordsOf(text)) {
      vocabulary.add(word)
      topic.total++
      // A word may be called like something that every object has.
      topic.words[`=${word}`] = (topic.words[`=${word}`] ?? 0) + 1
    }
  }
  return { topics, texts: rows.length, vocabulary: vocabulary.size, smoothing }
}

/** The likeliest topic of a text. */
export const topicOf = ({ topics, texts, vocabulary, smoothing }, text) => {
  const words = wordsOf(text)
  const scores = Object.entries(topics).map(([name, topic]) => {
    const all = topic.total + smoothing * (vocabulary + 1)
    const score = words.reduce(
      (sum, word) => sum + Math.log(((topic.words[`=${word}`] ?? 0) + smoothing) / all),
      Math.log(topic.texts / texts),
    )
    return { name, score }
  })
  return scores.reduce((best, each) => (each.score > best.score ? each : best)).name
}

/** The fields of a line of CSV: `topic,"a text, with commas"`. */
export const fieldsOf = line =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  )
