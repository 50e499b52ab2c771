/** Shows what is under way, many things at once, and between them whatever else there is to read. */
export interface Progress {
  /** `atOnce`: worth a line of its own from the beginning, where lines cannot be redrawn. */
  begin(name: string, atOnce?: boolean): void;
  /** The line takes the place of what was under way. */
  finish(name: string, line: string): void;
  line(text?: string): void;
  /** Nothing is under way any more, whatever was begun. */
  close(): void;
}
