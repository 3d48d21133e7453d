import { runCommandLine } from './command-line/command-line.ts'

/** The `waybill` command; resolves with its exit code. Each command loads what it needs when it is called. */
export const main = (argv: readonly string[]): Promise<number> => runCommandLine(argv)
