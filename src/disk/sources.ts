/** What a snapshot was read from; absolute paths. */
export interface Sources {
  /** The configuration, what it includes, secret files and manifests. */
  readonly files: readonly string[];
  /** Folders in which a new file or folder would have counted: those of globs, and of plugins. */
  readonly folders: readonly string[];
}
