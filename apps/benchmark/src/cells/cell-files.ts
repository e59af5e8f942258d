/** Contents by file name. */
export type Files = ReadonlyMap<string, Uint8Array>;

/**
 * Where the files of cells are kept, so that another machine can go on with what one began, and everybody finds the results.
 * A cell may run twice at the same time, where a machine was thought to be dead: its working files are then those of either, which
 * are equally good, and its result is the one that came first.
 */
export interface CellFiles {
  /** The working files: checkpoints, and measurements that have ended. */
  working(cell: string): Promise<Files>;
  /** Keeps one of them in place of what was kept before. */
  keep(cell: string, name: string, content: Uint8Array): Promise<void>;
  /**
   * Makes the files of a finished cell known, all at once, where that has not happened yet, and forgets its working files.
   * @returns whether these are the files that are known now
   */
  publish(cell: string, files: Files): Promise<boolean>;
  /** The files of a finished cell. */
  published(cell: string): Promise<Files | undefined>;
  /** Which of the cells have finished. */
  finished(cells: readonly string[]): Promise<ReadonlySet<string>>;
}
