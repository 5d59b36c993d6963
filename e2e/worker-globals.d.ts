// What only workers have; the specs evaluate functions there.

interface FileSystemSyncAccessHandle {
  write(bytes: Uint8Array<ArrayBuffer>, options?: { at: number }): number;
  close(): void;
}

declare const FileSystemSyncAccessHandle: { prototype: FileSystemSyncAccessHandle };

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}
