/**
 * A line of output as CloudWatch Logs has it. SageMaker's training instances pass lines on through a syslog that writes control characters
 * as `#` and three octal digits, so that a tab is `#011` and a carriage return `#015`; expressions that users share for metrics hold
 * those. A last carriage return ends the line and is none. Source: what Amazon's own XGBoost container prints in public logs.
 */
export const loggedText = (group: string, text: string): string =>
  group === '/aws/sagemaker/TrainingJobs' ? text.replace(CONTROL, escaped) : text

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/g

const escaped = (character: string): string => `#${character.charCodeAt(0).toString(8).padStart(3, '0')}`
