// The file system, by interface. Paths are absolute; text is UTF-8.

export interface FileEntry { readonly name: string; readonly kind: "file" | "folder" | "link" | "other" }
export interface FileFacts {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly mode: number;
  readonly inode: number;
  /** Of content or of anything about the file; no program can set it. */ readonly changedMs: number;
}
export type RegularFile =
  | { readonly kind: "file"; readonly bytes: Uint8Array; readonly facts: FileFacts }
  | { readonly kind: "too-large"; readonly sizeBytes: number }
  /** Nothing there, a folder, a pipe, a device, a socket; none of them was read from. */
  | { readonly kind: "absent" };

/** Without a promise for each call: for thousands of small files, where the promises would cost more than the disk. Each call blocks. */
export interface FilesNow {
  /** Facts of the path itself (links are not followed); undefined where nothing is there or may be seen. */
  facts(path: string): FileFacts | undefined;
  /** Follows links; opens nothing that could block. */
  readRegular(path: string, bytesMax: number): RegularFile;
  /** The path with every link resolved; undefined where it does not exist. */
  realPath(path: string): string | undefined;
}

export interface Files {
  readonly now: FilesNow;
  /** Undefined where no such file exists; any other failure throws. */
  readText(path: string): Promise<string | undefined>;
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all (temporary file, fsync, rename); makes missing folders. */
  writeText(path: string, text: string, options?: { readonly mode?: number }): Promise<void>;
  /** The same for bytes, without fsync: for caches, which may be lost but not torn. */
  writeBytes(path: string, bytes: Uint8Array, options?: { readonly mode?: number }): Promise<void>;
  /** Makes missing folders. `isDurable`: on the disk when it resolves (fsync), for journals. */
  appendText(path: string, text: string, options?: { readonly isDurable?: boolean }): Promise<void>;
  /** Entries of a folder, sorted by name; empty where it does not exist. */
  list(path: string): Promise<readonly FileEntry[]>;
  /** Facts of the path itself (links are not followed); undefined where nothing is there. */
  facts(path: string): Promise<FileFacts | undefined>;
  makeFolder(path: string): Promise<void>;
  /** Removes a file or a whole folder; nothing there is fine. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Copies a file or folder, copy-on-write where the file system can; links are copied as links. */
  copy(from: string, to: string): Promise<void>;
  /** The path with every link resolved; undefined where it does not exist. */
  realPath(path: string): Promise<string | undefined>;
  /** What a link says, not resolved; undefined where nothing is there. Rejects where it is no link. */
  readLink(path: string): Promise<string | undefined>;
  /** A new empty folder of ours below the system's temporary folder. */
  makeTemporaryFolder(prefix: string): Promise<string>;
  /** Bytes that the file system of this path has free. */
  freeBytes(path: string): Promise<number>;
}
