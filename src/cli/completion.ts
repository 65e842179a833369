import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from './command-context.ts'

/** The shells that completion is made for. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Throws commander's InvalidArgumentError for a shell that completion is not made for. */
export function shellOf(text: string): Shell {
  const shell = shells.find(known => known === text)
  if (!shell) throw new InvalidArgumentError(`It is one of ${shells.join(', ')}.`)
  return shell
}

/** One thing that may be typed: a command or an option, after the commands that lead to it. */
interface Word {
  /** The commands before it, joined by spaces; '' at the top. */
  readonly after: string
  readonly word: string
  readonly says: string
}

/**
 * `modelmart completion SHELL`: prints what teaches the shell the commands and options, made from the program itself. Where a word is
 * neither, the shell completes file names.
 */
export function printCompletion(program: Command, shell: Shell, { out }: CommandContext): void {
  const words = [...wordsOf(program, '')]
  out.write(
    shell === 'fish'
      ? fish(words)
      : shell === 'zsh'
        ? `autoload -Uz bashcompinit && bashcompinit\n${bash(words)}`
        : bash(words),
  )
}

function* wordsOf(command: Command, after: string): Generator<Word> {
  const help = command.createHelp()
  for (const option of help.visibleOptions(command))
    yield { after, word: option.long ?? option.flags, says: option.description }
  for (const child of help.visibleCommands(command)) {
    yield { after, word: child.name(), says: child.description() }
    if (child.name() !== 'help') yield* wordsOf(child, `${after} ${child.name()}`.trim())
  }
}

/** zsh takes the same through its bashcompinit. */
function bash(words: readonly Word[]): string {
  const cases = [...Map.groupBy(words, ({ after }) => after)].map(
    ([after, group]) => `    '${after}') words='${group.map(({ word }) => word).join(' ')}' ;;`,
  )
  const groups = [...new Set(words.map(({ after }) => after))].filter(after => after !== '')
  return `_modelmart() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "\${path:+$path }$word" in
${groups.map(group => `      '${group}') path='${group}' ;;`).join('\n')}
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _modelmart modelmart
`
}

/** Files are offered only where a command takes them: not where one of its own commands is to follow. */
function fish(words: readonly Word[]): string {
  const lines = words.map(({ after, word, says }) => {
    const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
    return `complete -c modelmart -n '${fishCondition(after)}' ${what} -d '${says.replaceAll("'", "\\'")}'`
  })
  return `${lines.join('\n')}\n`
}

const fishCondition = (after: string): string =>
  after === ''
    ? '__fish_use_subcommand'
    : after
        .split(' ')
        .map(name => `__fish_seen_subcommand_from ${name}`)
        .join('; and ')
