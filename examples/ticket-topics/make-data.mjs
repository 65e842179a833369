import { writeFileSync } from 'node:fs'

// Makes the sample data: texts as customers write them, from parts, in the same order each time.
const parts = {
  billing: [
    [
      'I was charged twice',
      'My invoice is wrong',
      'Please refund the payment',
      'The price on my bill changed',
      'My card was declined',
    ],
    [
      'for last month',
      'although I cancelled',
      'and the receipt is missing',
      'for the yearly plan',
      'by your payment service',
    ],
  ],
  defect: [
    ['The app crashes', 'An error message appears', 'The page stays blank', 'The upload fails', 'The export is broken'],
    ['when I open a file', 'since the update', 'on every start', 'with large pictures', 'after I press save'],
  ],
  access: [
    [
      'I cannot log in',
      'My password is not accepted',
      'The account is locked',
      'I get no reset mail',
      'Two factor codes do not arrive',
    ],
    [
      'with my new phone',
      'from the office',
      'after three attempts',
      'since I changed my address',
      'as an administrator',
    ],
  ],
  wish: [
    ['It would be great to have', 'Please add', 'I am missing', 'Could you build', 'We would love'],
    ['a dark theme', 'a calendar view', 'shortcuts for the keyboard', 'a way to share folders', 'more languages'],
  ],
}

const rows = Object.entries(parts).flatMap(([topic, [begin, end]]) =>
  begin.flatMap(first => end.map(second => [topic, `${first} ${second}`])),
)
const write = (path, lines) => writeFileSync(new URL(path, import.meta.url), `${lines.join('\n')}\n`)
write(
  'data/training/tickets.csv',
  rows.map(([topic, text]) => `${topic},"${text}, thank you"`),
)
write(
  'data/inference/tickets.txt',
  rows.map(([, text]) => `Hello, ${text.toLowerCase()}`),
)
