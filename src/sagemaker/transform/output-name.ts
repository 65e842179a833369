/** What the output of an input object is called, below the job's S3OutputPath. Source: SageMaker API Reference, TransformOutput. */
export const outputName = (inputPath: string): string => `${inputPath}.out`
